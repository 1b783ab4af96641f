# SPDX-License-Identifier: Apache-2.0
"""trackalert import --follow: what is written to a log reaches the running daemon, whatever is rotated or killed."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from harness import captures
from harness.daemon import Lines, binary_path
from harness.history import REMEMBERING, query, total
from harness.waiting import eventually, patient

JOURNALCTL = f"""#!{sys.executable}
import json, select, sys
after = next((word.split("=", 1)[1] for word in sys.argv if word.startswith("--after-cursor=")), None)
assert "--output=json" in sys.argv and "--follow" in sys.argv and "--unit=ssh.service" in sys.argv, sys.argv
with open("starts", "a") as starts:
    starts.write(" ".join(sys.argv[1:]) + "\\n")
seen = after is None
reader = select.poll()
reader.register(1, 0)
with open("journal") as journal:
    while True:
        line = journal.readline()
        if not line.endswith("\\n"):
            if reader.poll(20):  # nobody reads any more
                break
            continue
        if seen:
            print(line, end="", flush=True)
        seen = seen or json.loads(line)["__CURSOR"] == after
"""


class Follower:
    def __init__(self, directory, *arguments, env=None, prefix=()):
        self.process = subprocess.Popen(
            [*prefix, str(binary_path()), "import", "--follow", "-C", "trackalert.conf", *map(str, arguments)],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    def end(self, how=signal.SIGTERM):
        """(status, standard output)"""
        self.process.send_signal(how)
        status = self.process.wait(patient(30))
        return status, "\n".join(self.out.wait_for_end())


@pytest.fixture
def follow(launch):
    """follow(*arguments) beside a daemon, which is follow.daemon; the log is follow.log."""
    running = []

    def start(*arguments, **kwargs):
        running.append(Follower(start.daemon.directory, *arguments, **kwargs))
        return running[-1]

    start.daemon = launch(REMEMBERING)
    start.log = pathlib.Path(start.daemon.directory) / "auth.log"
    yield start
    for follower in running:
        if follower.process.poll() is None:
            follower.end(signal.SIGKILL)


def line(login):
    return f"{time.strftime('%b %e %H:%M:%S')} mx sshd[9]: Accepted password for {login} from 192.0.2.1 port 50000 ssh2\n"


def write(log, *names, mode="a"):
    with open(log, mode, encoding="utf-8") as file:
        file.write("".join(map(line, names)))


def known(daemon):
    """login: how often"""
    top = query(daemon, filter={}, top={"facet": "login", "limit": 1000})["top"]
    return {row["value"]: row["score"] for row in top}


def all_logins(daemon):
    seen = set()
    question = {"limit": 1000}
    while True:
        answer = query(daemon, filter={}, events=question)
        seen |= {event["login"] for event in answer["events"]}
        if not answer.get("cursor"):
            return seen
        question = {"limit": 1000, "cursor": answer["cursor"]}


def wait_for(daemon, *names):
    eventually(lambda: set(names) <= set(known(daemon)), 20, f"{names} have arrived")


def said(text):
    return re.compile(re.escape(text))


def names(word, count):
    return [f"{word}{number}" for number in range(count)]


def test_lines_reach_the_daemon(follow):
    write(follow.log, "before")
    follower = follow("auth.log")
    eventually(lambda: (follow.log.parent / "history" / "follow").exists(), 20, "its place is kept")
    write(follow.log, *names("user", 300))
    wait_for(follow.daemon, *names("user", 300))
    assert set(known(follow.daemon).values()) == {1}
    assert "before" not in known(follow.daemon)
    event = query(follow.daemon, filter={"login": "user7"}, events={"limit": 1})["events"][0]
    assert (event["protocol"], event["remote"], event["success"]) == ("ssh", "192.0.2.1", True)
    assert abs(event["t"] - time.time()) < patient(60)
    with open(follow.log, "a", encoding="utf-8") as file:
        file.write("garbage\n")
    write(follow.log, "last")
    wait_for(follow.daemon, "last")
    status, out = follower.end()
    assert status == 0
    assert out.startswith("302 lines read, 301 attempts, 0 lines of no login, 1 skipped\n"), out
    # A clean end: nothing is sent again.
    follower = follow("auth.log")
    write(follow.log, "later")
    wait_for(follow.daemon, "later")
    assert total(follow.daemon) == 302
    assert follower.end()[0] == 0


def test_rotation(follow):
    write(follow.log, "before")
    follow("--from-start", "auth.log")
    wait_for(follow.daemon, "before")
    # By renaming: its writer goes on in the old one for a while.
    old = open(follow.log, "a", encoding="utf-8", buffering=1)
    follow.log.rename(follow.log.with_suffix(".log.1"))
    follow.log.touch()
    old.write(line("in-the-old-one"))
    wait_for(follow.daemon, "in-the-old-one")
    write(follow.log, "in-the-new-one")
    wait_for(follow.daemon, "in-the-new-one")
    # By copying and truncating.
    os.truncate(follow.log, 0)
    write(follow.log, *names("truncated", 20))
    wait_for(follow.daemon, *names("truncated", 20))
    assert set(known(follow.daemon).values()) == {1}


def test_a_kill_loses_nothing(follow):
    """Killed at any moment, with rotation while it is dead: every login arrives, some perhaps twice."""
    follow.log.touch()
    expected = []
    for round_number in range(6):
        follower = follow("--from-start", "--format", "syslog", "auth.log")
        expected += names(f"round{round_number}-", 400)
        write(follow.log, *names(f"round{round_number}-", 400))
        eventually(lambda: total(follow.daemon) > 400 * round_number + 60 * round_number, 20, "some have arrived")
        follower.end(signal.SIGKILL)
        write(follow.log, f"dead{round_number}")
        expected.append(f"dead{round_number}")
        if round_number % 2:
            follow.log.rename(follow.log.with_suffix(f".log.{round_number}"))
            write(follow.log, f"new{round_number}")
            expected.append(f"new{round_number}")
    follower = follow("--format", "syslog", "auth.log")
    eventually(lambda: set(expected) <= all_logins(follow.daemon), 30, "all have arrived")
    assert follower.end()[0] == 0


def test_a_daemon_that_is_away_loses_nothing(follow):
    follow.log.touch()
    follower = follow("--from-start", "--format", "syslog", "auth.log")
    write(follow.log, "first")
    wait_for(follow.daemon, "first")
    follow.daemon.stop()
    write(follow.log, *names("meanwhile", 600))
    assert follower.err.wait_for(said("reports wait, the daemon does not take them"), 20)
    follow.daemon.start()
    follow.daemon.wait_ready()
    eventually(lambda: total(follow.daemon) >= 601, 60, "all have arrived")
    assert follower.err.wait_for(said("takes reports again"), 20)
    assert follower.end()[0] == 0
    told = [text for text in follower.err.wait_for_end() if "reports wait" in text]
    assert len(told) == 1
    assert total(follow.daemon) == 601


def test_it_stops_while_the_daemon_is_away(follow):
    follow.log.touch()
    follower = follow("--from-start", "--format", "syslog", "auth.log")
    eventually(lambda: (follow.log.parent / "history" / "follow").exists(), 20, "its place is kept")
    follow.daemon.stop()
    write(follow.log, "waits")
    assert follower.err.wait_for(said("reports wait"), 20)
    assert follower.end()[0] == 0
    follow.daemon.start()
    follow.daemon.wait_ready()
    follower = follow("--format", "syslog", "auth.log")
    eventually(lambda: total(follow.daemon) == 1, 30, "it was not forgotten")


def test_the_password(follow, tmp_path):
    follow.log.touch()
    follower = follow("--format", "syslog", "--from-start", "auth.log", env={"TRACKALERT_PASSWORD": "wrong"})
    write(follow.log, "joe")
    assert follower.process.wait(patient(20)) == 1
    assert "the password or the address is wrong" in "\n".join(follower.err.wait_for_end())
    assert total(follow.daemon) == 0
    (tmp_path / "password").write_text(captures.PASSWORD + "\n")
    url = "http://%s:%d/" % follow.daemon.http
    follow("--format", "syslog", "--from-start", "--server", url, "--password-file", tmp_path / "password", "auth.log",
           env={"TRACKALERT_PASSWORD": "wrong"})
    wait_for(follow.daemon, "joe")


def test_one_follower_at_a_time(follow):
    follow.log.touch()
    first = follow("--format", "syslog", "auth.log")
    eventually(lambda: (follow.log.parent / "history" / "follow").exists(), 20, "its place is kept")
    second = follow("--format", "syslog", "auth.log")
    assert second.process.wait(patient(20)) == 1
    assert "is in use by another follower" in "\n".join(second.err.wait_for_end())
    assert first.end()[0] == 0


def test_the_journal(follow, tmp_path):
    """A journalctl of ours: it follows a file, from the cursor that it is given."""
    directory = pathlib.Path(follow.daemon.directory)
    tool = tmp_path / "journalctl"
    tool.write_text(JOURNALCTL)
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def log(number, login):
        with open(directory / "journal", "a", encoding="utf-8") as journal:
            journal.write(json.dumps({
                "__CURSOR": f"s=abc;i={number}", "__REALTIME_TIMESTAMP": str(int(time.time() * 1e6)), "SYSLOG_IDENTIFIER": "sshd",
                "MESSAGE": f"Failed password for {login} from 192.0.2.1 port 50000 ssh2",
            }) + "\n")

    log(1, "one")
    follower = follow("journal:ssh.service", env=env)
    wait_for(follow.daemon, "one")
    log(2, "two")
    wait_for(follow.daemon, "two")
    assert follower.end()[0] == 0
    log(3, "three")
    follower = follow("journal:ssh.service", env=env)
    wait_for(follow.daemon, "three")
    assert total(follow.daemon) == 3
    starts = (directory / "starts").read_text().splitlines()
    assert "--lines=1" in starts[0] and "--after-cursor=s=abc;i=2" in starts[1]


@pytest.fixture
def journald(tmp_path):
    """A real journal daemon with a /run of its own: (what to put in front of a command that is to see it, log(message))."""
    program = pathlib.Path("/lib/systemd/systemd-journald")
    if not program.exists() or not shutil.which("journalctl"):
        pytest.skip("no systemd")
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs a mount namespace")
    (tmp_path / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    prepare = f"mount -t tmpfs none /run && mkdir -p /run/log/journal && mount --bind {tmp_path}/machine-id /etc/machine-id && exec {program}"
    daemon = subprocess.Popen(["unshare", "--mount", "sh", "-c", prepare], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    inside = ["nsenter", f"--target={daemon.pid}", "--mount", "--", "sh", "-c", 'cd "$0" && exec "$@"']

    def is_there():
        if daemon.poll() is not None:
            pytest.skip(f"journald does not run here: {daemon.stderr.read()}")
        return pathlib.Path(f"/proc/{daemon.pid}/root/run/systemd/journal/socket").exists()

    def log(message):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.connect(f"/proc/{daemon.pid}/root/run/systemd/journal/socket")
            to.send(f"SYSLOG_IDENTIFIER=sshd\nPRIORITY=6\nMESSAGE={message}\n".encode())

    try:
        eventually(is_there)
        yield inside, log
    finally:
        daemon.kill()
        daemon.wait()


def test_a_real_journal(follow, journald):
    """Followed by the real journalctl, with its place kept."""
    inside, log = journald
    prefix = [*inside, str(follow.daemon.directory)]

    def fail(login):
        log(f"Failed password for {login} from 192.0.2.1 port 50000 ssh2")

    fail("one")
    follower = follow("journal", prefix=prefix)
    wait_for(follow.daemon, "one")
    fail("two")
    log("Server listening on 0.0.0.0 port 22.")
    wait_for(follow.daemon, "two")
    assert follower.end()[0] == 0
    fail("three")
    fail("four")
    follower = follow("journal", prefix=prefix)
    wait_for(follow.daemon, "four")
    assert total(follow.daemon) == 4
    assert follower.end()[0] == 0


def test_a_script(follow):
    (follow.log.parent / "own.lua").write_text("""
        function parse(line)
          local user = line:match("^in (%S+)$")
          return user and { t = os.time(), login = user, remote = "192.0.2.1", success = true }
        end""")
    follow.log.touch()
    follow("--lua", "own.lua", "--from-start", "auth.log")
    with open(follow.log, "a", encoding="utf-8") as log:
        log.write("in joe\nout joe\nin ann\n")
    wait_for(follow.daemon, "joe", "ann")
    assert total(follow.daemon) == 2


def test_wrong_use(follow):
    for arguments, said in (
        (["nowhere.log"], "cannot read"),
        (["-"], "standard input cannot be followed"),
        (["--lua", "nowhere.lua", "auth.log"], "cannot read nowhere.lua"),
        (["--format", "nonsense", "auth.log"], "there is no format nonsense"),
    ):
        follower = follow(*arguments)
        assert follower.process.wait(patient(20)) == 1
        assert said in "\n".join(follower.err.wait_for_end())
