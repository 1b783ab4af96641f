# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot reports its logins: its auth policy client speaks to us as to wforce."""

import imaplib
import json
import os
import pathlib
import poplib
import pwd
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from harness.commands import events_of, trackalert
from harness.daemon import ANSWER_WHEN_DONE, BASE
from harness.history import HISTORY
from harness.ports import free_port
from harness.server import Server
from harness.waiting import eventually, patient

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD_OF_ALICE = "wonder land"

# auth_policy_server_url is the base: Dovecot puts "?command=report" behind it by itself.
DOVECOT_CONF = """
base_dir = {home}/base
state_dir = {home}/state
log_path = {home}/dovecot.log
auth_debug = yes
listen = 127.0.0.1
protocols = imap pop3
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {internal_user}
default_login_user = {login_user}
mail_location = maildir:{home}/mail/%u
first_valid_uid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=plain {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
auth_policy_server_url = http://127.0.0.1:{trackalert_port}/
auth_policy_server_api_header = Authorization: Basic d2ZvcmNlOnN1cGVy
auth_policy_hash_nonce = a nonce of this test
auth_policy_check_before_auth = no
auth_policy_check_after_auth = no
auth_policy_report_after_auth = yes
"""

REPORT = """
setReport(function(lt)
  infoLog("LOGIN", { l = lt.login.." "..lt.protocol.." "..lt.remote:tostring().." "..tostring(lt.success).." "
    ..tostring(lt.policy_reject).." "..tostring(lt.tls).." "..lt.pwhash.." "..lt.session_id.." "
    ..tostring(math.abs(lt.t - os.time()) < 60) })
end)
"""


def account(*names):
    """The first of these users that exists; Dovecot wants ones without privileges."""
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip(f"none of the users {names} exists")


class Dovecot(Server):
    """An IMAP server of its own, in a directory of its own."""

    def __init__(self, home, trackalert_port):
        if os.geteuid() == 0:
            mail, internal, login = account("mail", "nobody"), account("dovecot", "nobody"), account("dovenull", "nobody")
        else:
            mail = internal = login = pwd.getpwuid(os.geteuid())
        super().__init__()
        self.pop3_port = free_port()
        self._home = home
        (home / "mail").mkdir(parents=True)
        (home / "users").write_text(f"alice:{{PLAIN}}{PASSWORD_OF_ALICE}\nbob:{{PLAIN}}x\n")
        (home / "dovecot.conf").write_text(
            DOVECOT_CONF.format(
                home=home,
                port=self.port,
                pop3_port=self.pop3_port,
                trackalert_port=trackalert_port,
                internal_user=internal.pw_name,
                login_user=login.pw_name,
                uid=mail.pw_uid,
                gid=mail.pw_gid,
            )
        )
        if os.geteuid() == 0:
            os.chown(home / "mail", mail.pw_uid, mail.pw_gid)

    def _start(self):
        return subprocess.Popen(
            [DOVECOT, "-F", "-c", str(self._home / "dovecot.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def _ended_early(self):
        pytest.fail("Dovecot ended: " + self._process.stdout.read().decode() + self.log())

    def log(self):
        path = self._home / "dovecot.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def login(self, user, password):
        """Whether it lets the user in."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=patient(10))
        try:
            client.login(user, password)
            return True
        except imaplib.IMAP4.error:
            return False
        finally:
            client.shutdown()

    def fetch(self, user, password):
        """The same over POP3."""
        client = poplib.POP3("127.0.0.1", self.pop3_port, timeout=patient(10))
        try:
            client.user(user)
            client.pass_(password)
            return True
        except poplib.error_proto:
            return False
        finally:
            client.close()


@pytest.fixture
def dovecot():
    """dovecot(port) is one that reports to that port. Its sockets need a short path, its own users a way in."""
    if not os.path.exists(DOVECOT):
        pytest.skip("Dovecot is not installed")
    with tempfile.TemporaryDirectory(prefix="dovecot-") as home:
        os.chmod(home, 0o755)
        yield lambda port: Dovecot(pathlib.Path(home), port)


def login_seen(daemon, user, success, since):
    line = daemon.wait_for_line(rf'^LOGIN: l="{user} (.*)" $', since=since)[1]
    protocol, remote, seen_success, policy_reject, tls, pwhash, session, recent = line.split(" ")
    assert (protocol, remote, seen_success) == ("imap", "127.0.0.1", "true" if success else "false")
    assert (policy_reject, tls, recent) == ("false", "false", "true")
    assert re.fullmatch("[0-9a-f]{4}", pwhash)
    assert session
    return pwhash


def test_good_and_bad_logins_are_seen(launch, dovecot):
    daemon = launch(ANSWER_WHEN_DONE + BASE + REPORT)
    with dovecot(daemon.http[1]) as server:
        mark = daemon.mark()
        assert server.login("alice", PASSWORD_OF_ALICE)
        good = login_seen(daemon, "alice", True, mark)
        mark = daemon.mark()
        assert not server.login("alice", "wrong")
        bad = login_seen(daemon, "alice", False, mark)
        assert good != bad
        mark = daemon.mark()
        assert not server.login("nobody@example.com", "guess")
        login_seen(daemon, "nobody@example.com", False, mark)
        assert "Policy report action finished" in server.log()
    assert daemon.console("stats()") == "3 reports\n"


def test_a_stopped_trackalert_keeps_nobody_out(launch, dovecot):
    daemon = launch(BASE)
    with dovecot(daemon.http[1]) as server:
        assert server.login("alice", PASSWORD_OF_ALICE)
        daemon.stop()
        assert server.login("alice", PASSWORD_OF_ALICE)


def test_its_log_can_be_imported(dovecot, tmp_path):
    (tmp_path / "trackalert.conf").write_text(HISTORY)
    began = int(time.time())
    with dovecot(free_port()) as server:
        assert server.login("alice", PASSWORD_OF_ALICE)
        assert not server.login("bob", "wrong")
        assert not server.login("nobody@example.com", "guess")
        assert server.login("bob", "x")
        assert server.fetch("alice", PASSWORD_OF_ALICE)
        assert not server.fetch("carol@example.com", "guess")
        # What the login processes say reaches the log after their clients have heard it.
        eventually(lambda: len(re.findall("(?:imap|pop3)-login: ", server.log())) >= 6, 15, "all logins are in the log")
    (tmp_path / "dovecot.log").write_text(server.log())
    status, out, err = trackalert(tmp_path, "import", "-C", "trackalert.conf", "--json", "dovecot.log")
    assert (status, err) == (0, "")
    summary = json.loads(out)
    assert (summary["files"][0]["format"], summary["attempts"], summary["skipped"]) == ("syslog", 6, {}), server.log()
    events = events_of(tmp_path)
    assert sorted((event["login"], event["success"], event["remote"]) for event in events) == [
        ("alice", True, "127.0.0.1"),
        ("alice", True, "127.0.0.1"),
        ("bob", False, "127.0.0.1"),
        ("bob", True, "127.0.0.1"),
        ("carol@example.com", False, "127.0.0.1"),
        ("nobody@example.com", False, "127.0.0.1"),
    ]
    # Of a failure its password database tells first, which does not know for whom it looked.
    assert {event["protocol"] for event in events if event["success"]} == {"imap", "pop3"}
    assert all(began <= event["t"] <= time.time() for event in events)
