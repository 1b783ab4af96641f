# SPDX-License-Identifier: Apache-2.0
"""The email channel against a real mail server, and the links of what it sent against a daemon."""

import os
import re
import subprocess
import time

import pytest
from harness.daemon import binary_path
from harness.mail_server import PASSWORD, USER, MailServer
from harness.waiting import eventually
from test_feedback import ELSEWHERE, REFUSED, go_away, newest, page

CHANNEL_TEST = binary_path().parents[1] / "channel" / "channel_test"
pytestmark = pytest.mark.skipif(not CHANNEL_TEST.exists(), reason="the unit tests are not built")
OPERATORS = {"from": "Login watch <alerts@example.com>", "to": "ops@example.com, Boss <boss@example.com>"}
OWNER = {"from": "alerts@example.com", "owner": "whose"}


def send(server, pairs, login="ann", **environment):
    """What came of it: "delivered", "failed ..." or "refused ..."."""
    done = subprocess.run(
        [CHANNEL_TEST, "--gtest_filter=EmailLive.*"],
        cwd=binary_path().parents[4],
        env={**os.environ, "TRACKALERT_SMTP": server.url, "TRACKALERT_LOGIN": login,
             "TRACKALERT_SMTP_PAIRS": "\n".join(f"{key}={value}" for key, value in pairs.items()), **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.search("^outcome: (.*)$", done.stdout, re.MULTILINE)[1].strip()


def parts(mail):
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    return text.get_content(), html.get_content()


def test_operators_get_the_facts(tmp_path):
    with MailServer(tmp_path) as server:
        assert send(server, OPERATORS) == "delivered"
    ((recipients, mail),) = server.mails
    assert recipients == ["ops@example.com", "boss@example.com"] and mail["From"] == OPERATORS["from"]
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].endswith("@example.com>")
    assert "[high]" in mail["Subject"] and "few passwords" in mail["Subject"]
    text, html = parts(mail)
    assert "guesses: 15.5, threshold 10, usual 2 a day" in text and "alerts feedback" in text
    assert "<td>guesses</td><td>15.5</td><td>10</td><td>2 a day</td>" in html


def test_a_digest(tmp_path):
    with MailServer(tmp_path) as server:
        assert send(server, {**OPERATORS, "language": "de"}, TRACKALERT_DIGEST="1") == "delivered"
    assert server.mails[0][1]["Subject"] == "1 Alarme" and "password_spray" in parts(server.mails[0][1])[0]


def test_starttls_and_a_password(tmp_path):
    secure = {**OPERATORS, "tls": "required", "user": USER.decode(), "password": PASSWORD.decode()}
    with MailServer(tmp_path, tls=True) as server:
        assert send(server, secure).startswith("failed"), "nobody vouches for the certificate"
        assert not server.mails and not server.authenticated
        assert send(server, {**secure, "ca_file": server.certificate}) == "delivered"
        outcome = send(server, {**secure, "ca_file": server.certificate, "password": "wrong"})
        assert outcome.startswith("failed") and "wrong" not in outcome
        assert server.authenticated[0] and not server.authenticated[-1] and len(server.mails) == 1
    with MailServer(tmp_path) as server:  # without STARTTLS nothing goes out
        assert send(server, secure).startswith("failed") and not server.mails


@pytest.mark.parametrize(("reply", "outcome"), [("550 no such user", "refused"), ("451 later", "failed")])
def test_what_the_server_says_decides(tmp_path, reply, outcome):
    with MailServer(tmp_path, refuse=reply) as server:
        assert send(server, OPERATORS).startswith(outcome)


def test_hostile_logins_stay_text(tmp_path):
    login = 'ann\r\nBcc: x@y\r\n\r\n"><script>\u202e.\r\n'.replace("\r\n", "\x0b")
    with MailServer(tmp_path) as server:
        assert send(server, OWNER, login=login) == "delivered"
    mail = server.mails[0][1]
    assert mail["Bcc"] is None and "Bcc" in mail["Subject"]
    assert "<script" not in parts(mail)[1] and "&lt;script&gt;" in parts(mail)[1]


def test_the_owners_mail_and_its_links(launch, tmp_path):
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    shared = {"TRACKALERT_ALERT": alert, "TRACKALERT_KEY_FOLDER": str(daemon.directory / "history")}
    with MailServer(tmp_path) as server:
        assert send(server, {**OWNER, "timezone": "Europe/Vienna"}, TRACKALERT_NOW=str(int(time.time())), **shared) == "delivered"
        long_ago = str(int(time.time()) - 8 * 86400)
        assert send(server, OWNER, TRACKALERT_NOW=long_ago, **shared) == "delivered"
    recipients, mail = server.mails[0]
    text, html = parts(mail)
    assert recipients == ["ann@example.org"] and mail["Subject"] == "Waren Sie das? Anmeldung bei ann"
    assert "Mittwoch, 18. November 2026 um 12:06" in text and "Graz, Österreich" in text and "Firefox unter Windows" in text
    assert not re.search(r"<script|<img|src=|url\(", html)
    links = re.findall(r"https://alerts\.example\.com/p(/feedback/\S+)", text)
    assert len(links) == 2 and all(link in html for link in links)
    (expired, _) = re.findall(r"https://alerts\.example\.com/p(/feedback/\S+)", parts(server.mails[1][1])[0])
    assert REFUSED in page(daemon, "GET", expired).text()
    assert "Waren Sie das?" in page(daemon, "GET", links[0]).text()
    assert page(daemon, "POST", links[1], b"verdict=bad").status == 200
    for link in links:  # those of one mail are used up together
        assert page(daemon, "GET", link).status == 410
    assert newest(daemon)["feedback"] == "bad"


def test_the_daemon_mails_operators_and_the_owner(launch, tmp_path):
    """From the report that raises the alert to the click that answers it."""
    with MailServer(tmp_path) as server:
        daemon = launch(
            ELSEWHERE
            + f"""
setAlertFunction("whose", function(alert)
  local login = string.match(alert.key, "^login:(.*)$")
  if login == "ann" then return {{ address = "ann@example.org", language = "de", name = "Ann" }} end
end)
addAlertChannel("ops", "email", {{ smtp = "{server.url}", from = "alerts@example.com", to = {{ "ops@example.com" }} }})
addAlertChannel("owners", "email", {{ smtp = "{server.url}", from = "alerts@example.com", owner = "whose" }})
"""
        )
        for login in ("ann", "bob"):
            go_away(daemon, login, 0)
        eventually(lambda: len(server.mails) >= 3, what="two mails to operators and one to an owner")
        told = sorted(((recipients[0], mail) for recipients, mail in server.mails), key=lambda one: one[0])
        assert [to for to, _ in told] == ["ann@example.org", "ops@example.com", "ops@example.com"]
        links = re.findall(r"https://alerts\.example\.com/prefix(/feedback/\S+)", parts(told[0][1])[0])
        assert page(daemon, "POST", links[0], b"verdict=good").status == 200
        assert newest(daemon)["feedback"] == "good" and newest(daemon, "bob")["feedback"] is None
        assert page(daemon, "GET", links[1]).status == 410
