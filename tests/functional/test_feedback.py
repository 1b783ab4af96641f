# SPDX-License-Identifier: Apache-2.0
"""What people do with alerts: states, verdicts and what they teach, and the links of mails to owners."""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess

import pytest
from harness.config_check import refused
from harness.daemon import binary_path
from harness.feedback_links import Signer
from harness.history import REMEMBERING, ask_json, remember
from harness.wire_http import request

DAY = 86400
HOME, AWAY = "192.0.2.1", "198.51.100.9"
# A network that was not used for a day is new again, so that the same alert can come twice within a test.
ELSEWHERE = (
    REMEMBERING
    + """
defineDetection({ name = "elsewhere", kind = "novelty", severity = "medium", new_all = { "network" }, max_age_days = 1,
  min_successes = 1, min_success_days = 1, min_age_days = 0, cause = "elsewhere", text = "{login} is at {remote}." })
setPublicUrl("https://alerts.example.com/prefix/")
"""
)
REFUSED = "of no use any more"


def go_away(daemon, login, ago):
    """Two days at home, then away: an alert each time."""
    for days in (2, 1):
        remember(daemon, login, HOME, ago=(ago + days) * DAY)
    remember(daemon, login, AWAY, ago=ago * DAY)


def alerts(daemon, query=""):
    status, answer = ask_json(daemon, "GET", "alerts" + query)
    assert status == 200, answer
    return answer["alerts"]


def newest(daemon, login="ann"):
    return alerts(daemon, f"?login={login}&limit=1")[0]


def give(daemon, alert, verdict, **more):
    status, answer = ask_json(daemon, "POST", f"alerts/{alert}/feedback", {"verdict": verdict, **more})
    assert status == 200, answer
    return answer


def restart(daemon, how=signal.SIGTERM):
    daemon.signal(how)
    daemon.process.wait(30)
    daemon.start().wait_ready()


def command(daemon, *words):
    done = subprocess.run(
        [binary_path(), "alerts", *words, "-C", "trackalert.conf"],
        cwd=daemon.directory, capture_output=True, text=True, timeout=60, check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("how", ["rest", "console", "command"])
def test_good_stops_the_alert_for_that_login_and_no_other(launch, how):
    daemon = launch(ELSEWHERE)
    for login in ("ann", "bob"):
        go_away(daemon, login, 6)
    alert = newest(daemon)["id"]
    if how == "rest":
        answer = give(daemon, alert, "good", by="me")
        assert {"login": "ann", "facet": "net", "value": "198.51.100.0/24", "usual": True} in answer["learned"]
    elif how == "console":
        assert "usual for ann: net 198.51.100.0/24" in daemon.console(f'alertFeedback("{alert}", "good", "me")')
    else:
        status, out, err = command(daemon, "feedback", alert, "good", "--by", "me")
        assert status == 0 and "usual for ann" in out, err
    assert newest(daemon)["state"] == "closed" and newest(daemon)["feedback"] == "good"
    assert newest(daemon)["handled_by"] == "me"
    restart(daemon, signal.SIGKILL)
    for login in ("ann", "bob"):
        go_away(daemon, login, 2)
    assert [len(alerts(daemon, f"?login={login}")) for login in ("ann", "bob")] == [1, 2]
    status, given = ask_json(daemon, "GET", f"alerts/{alert}/feedback")
    assert status == 200 and [(one["verdict"], one["by"]) for one in given["verdicts"]] == [("good", "me")]


def test_forget_makes_it_new_again(launch):
    daemon = launch(ELSEWHERE.replace("max_age_days = 1", "max_age_days = 90"))
    for login in ("ann", "bob"):
        go_away(daemon, login, 6)
    give(daemon, newest(daemon)["id"], "forget")
    restart(daemon)
    seen = 'local p = profile("ann"); return tostring(p:seen("net", "198.51.100.0/24")) .. tostring(p:seen("net", "192.0.2.0/24"))'
    answer = daemon.ask(request("POST", "/?command=ev", json.dumps({"attrs": {"code": seen}}).encode()))
    assert answer.json()["r_attrs"] == {"r": "falsetrue"}
    for login in ("ann", "bob"):
        go_away(daemon, login, 2)
    assert [len(alerts(daemon, f"?login={login}")) for login in ("ann", "bob")] == [2, 1]


def test_bad_is_critical_and_lists_what_else_was_touched(launch):
    daemon = launch(ELSEWHERE)
    remember(daemon, "cid", AWAY, ago=3 * DAY)
    go_away(daemon, "ann", 1)
    answer = give(daemon, newest(daemon)["id"], "bad")
    assert answer["alert"]["severity"] == "critical" and answer["alert"]["taken"] == ["ann"]
    assert answer["alert"]["state"] == "open"
    assert answer["touched"] == [{"source": AWAY, "logins": [{"login": "cid", "successes": 1}]}]
    daemon.wait_for_line(r"Alert: ann is at 198.51.100.9. \(elsewhere, critical")


def test_states(launch):
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    status, answer = ask_json(daemon, "POST", f"alerts/{alert}", {"action": "acknowledge", "by": "ops"})
    assert status == 200 and answer["state"] == "acknowledged" and answer["handled_by"] == "ops"
    restart(daemon, signal.SIGKILL)
    assert newest(daemon)["state"] == "acknowledged"
    assert "is closed" in daemon.console(f'closeAlert("{alert}")')
    assert newest(daemon)["state"] == "closed" and newest(daemon)["handled_by"] == "console"
    assert alert in daemon.console('showAlerts{ state = "closed", severity = "low" }')
    assert alert not in daemon.console('showAlerts{ state = "open" }')
    assert 'no "stat"' in daemon.console('showAlerts{ stat = "open" }')
    status, answer = ask_json(daemon, "POST", f"alerts/{alert}", {"action": "acknowledge"})
    assert status == 400 and "closed" in answer["reason"]


@pytest.mark.parametrize("running", [True, False])
def test_the_command_line(launch, running):
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    if not running:
        daemon.signal(signal.SIGTERM)
        daemon.process.wait(30)
    status, table, err = command(daemon, "--login", "ann", "--severity", "medium")
    assert status == 0 and alert in table, err
    assert [one["id"] for one in json.loads(command(daemon, "--json")[1])["alerts"]] == [alert]
    assert json.loads(command(daemon, "show", alert, "--json")[1])["id"] == alert
    assert "ann is at" in command(daemon, "show", alert)[1]
    assert "acknowledged" in command(daemon, "ack", alert, "--by", "me")[1]
    assert "closed" in command(daemon, "close", alert)[1]
    assert "verdict bad" in command(daemon, "feedback", alert, "bad")[1]
    assert "elsewhere" in command(daemon, "rules")[1]
    assert command(daemon, "close", "0123456789abcdef")[0] == 1
    for wrong in (["--severity", "bad"], ["shut", alert], ["close"], ["feedback", alert, "great"]):
        assert command(daemon, *wrong)[0] == 2, wrong


def test_wrong_wishes_are_named(launch):
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    for target, body, status, reason in [
        (f"alerts/{alert}", {"action": "shut"}, 400, "acknowledge or close"),
        (f"alerts/{alert}", {"action": "close", "who": "me"}, 400, 'no "who"'),
        (f"alerts/{alert}", {"action": "close", "by": "x" * 129}, 400, "by must be"),
        (f"alerts/{alert}/feedback", {"verdict": "great"}, 400, "good, bad, forget"),
        (f"alerts/{alert}/feedback", {"verdict": "bad", "login": "bob"}, 400, "another login"),
        ("alerts/0123456789abcdef", {"action": "close"}, 404, "no such alert"),
        ("alerts/0123456789abcdef/feedback", {"verdict": "good"}, 404, "no such alert"),
    ]:
        got, answer = ask_json(daemon, "POST", target, body)
        assert got == status and reason in answer["reason"], answer
    assert ask_json(daemon, "DELETE", f"alerts/{alert}")[0] == 405


@pytest.mark.parametrize("name", ["owner", "Owner"])
def test_nobody_but_a_link_answers_as_the_owner(launch, name):
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    for target, body in [(f"alerts/{alert}/feedback", {"verdict": "good"}), (f"alerts/{alert}", {"action": "close"})]:
        status, answer = ask_json(daemon, "POST", target, {**body, "by": name})
        assert status == 400 and "may not be" in answer["reason"]
    assert newest(daemon)["state"] == "open" and newest(daemon)["feedback"] is None


def test_changes_leave_a_line_with_their_client(launch):
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    client = r"127\.0\.0\.1:[0-9]+"
    by = 'me"\n[x]'
    for target, body, line in [
        (f"alerts/{alert}", {"action": "acknowledge", "by": by}, rf'^Alert {alert} was acknowledged for {client}, by "me"\\n\[x\]"$'),
        (f"alerts/{alert}/feedback", {"verdict": "bad", "by": by}, rf'^Alert {alert} got the verdict bad for {client}, by "me"\\n\[x\]"$'),
        (f"alerts/{alert}", {"action": "close"}, rf'^Alert {alert} was closed for {client}, by "api"$'),
        ("allowances", {"what": "login", "value": "a\nb" + "x" * 300, "detection": "elsewhere"},
         rf"^Allowance [0-9a-f]{{16}} was made for {client}: detection elsewhere, login a\\nbx{{253}}\.\.\.$"),
    ]:
        status, answer = ask_json(daemon, "POST", target, body)
        assert status == 200, answer
        daemon.wait_for_line(line)
    assert ask_json(daemon, "DELETE", "allowances/" + answer["id"])[0] == 200
    daemon.wait_for_line(rf"^Allowance {answer['id']} was removed for {client}$")
    mark = daemon.mark()
    assert ask_json(daemon, "DELETE", "allowances/" + answer["id"])[0] == 404
    assert ask_json(daemon, "POST", f"alerts/{alert}", {"action": "acknowledge"})[0] == 400
    assert ask_json(daemon, "POST", "deliveries/0123456789abcdef/resend")[0] == 404
    assert not [line for line in daemon.messages(mark) if " for 127." in line], "nothing was changed"


def test_the_share_of_false_alarms_and_a_hint(launch):
    daemon = launch(ELSEWHERE)
    for number in range(11):
        go_away(daemon, f"user{number}", 1)
        give(daemon, newest(daemon, f"user{number}")["id"], "good" if number > 2 else "bad")
    status, answer = ask_json(daemon, "GET", "feedback")
    assert status == 200
    (rule,) = answer["rules"]
    assert (rule["rule"], rule["good"], rule["bad"]) == ("elsewhere", 8, 3) and rule["false_alarm_share"] == 0.727
    assert "enableDetection" in rule["hint"]
    assert "73 %" in daemon.console("showFeedback()")
    assert daemon.metrics()['trackalert_alerts_false_alarm_share{detection="elsewhere"}'] == pytest.approx(8 / 11)


def page(daemon, method, path, body=b""):
    return daemon.ask(request(method, path, body, auth=None))


@pytest.fixture
def asked(launch):
    """(daemon, alert, a function that makes the path of a link)"""
    daemon = launch(ELSEWHERE)
    go_away(daemon, "ann", 1)
    alert = newest(daemon)["id"]
    signer = Signer(daemon)
    return daemon, alert, lambda **more: "/feedback/" + signer.token(alert, more.pop("login", "ann"), **more)


@pytest.mark.parametrize("prefix", ["", "/prefix"])
def test_a_link_asks_and_acts_once(asked, prefix):
    daemon, alert, path = asked
    link = prefix + path()
    for _ in range(3):  # a mail scanner looks at links too
        shown = page(daemon, "GET", link)
        assert shown.status == 200 and "Was this you?" in shown.text() and AWAY in shown.text()
    assert newest(daemon)["state"] == "open" and newest(daemon)["feedback"] is None
    done = page(daemon, "POST", link, b"verdict=bad")
    assert done.status == 200 and "change your password" in done.text()
    assert newest(daemon)["feedback"] == "bad" and newest(daemon)["handled_by"] == "owner"
    restart(daemon, signal.SIGKILL)
    for answer in (page(daemon, "GET", link), page(daemon, "POST", link, b"verdict=good")):
        assert answer.status == 410 and REFUSED in answer.text()
    assert newest(daemon)["feedback"] == "bad"


def test_every_link_of_no_use_gets_the_same_page(asked):
    daemon, alert, path = asked
    good = path()
    altered = good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:]
    answers = [
        page(daemon, method, link, b"verdict=good" if method == "POST" else b"")
        for method in ("GET", "POST")
        for link in (altered, good[:-1], good + "A", path(lasts=-1), path(login="bob"), "/feedback/", "/feedback/x",
                     "/feedback/" + "A" * 91, "/feedback/..%2f..%2fetc")
    ] + [page(daemon, "POST", good, b"verdict=great"), page(daemon, "POST", good)]
    assert {(answer.status, answer.text()) for answer in answers} == {(410, answers[0].text())}
    assert newest(daemon)["feedback"] is None
    assert page(daemon, "PUT", good).status == 405
    assert page(daemon, "GET", good).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_of_no_use_is_refused_before_its_body_comes(asked, method):
    """Anybody may ask here, so nothing may be kept for it."""
    daemon, _, path = asked
    for link in ("/feedback/nonsense", path(lasts=-1)):
        for size in (20, 1048576):
            answer = daemon.ask(request(method, link, headers=(f"Content-Length: {size}",), auth=None))
            assert answer.status == 410 and REFUSED in answer.text()
    assert daemon.metrics()["trackalert_http_bad_requests_total"] == 0


def test_an_answer_is_a_small_form(asked):
    daemon, alert, path = asked
    link = path()
    form = b"verdict=good&x="
    for wrong, status in [
        (request("POST", link, headers=("Content-Length: 1025",), auth=None), 413),
        (request("GET", link, headers=("Content-Length: 1025",), auth=None), 413),
        (request("POST", link, headers=("Transfer-Encoding: chunked",), auth=None) + b"401\r\n" + b"x" * 1025, 413),
        (request("POST", link, gzip.compress(form), headers=("Content-Encoding: gzip",), auth=None), 415),
    ]:
        assert daemon.ask(wrong).status == status, wrong
    assert newest(daemon)["feedback"] is None
    assert page(daemon, "POST", link, form + b"x" * (1024 - len(form))).status == 200
    assert newest(daemon)["feedback"] == "good"


def test_the_page_speaks_german(asked):
    daemon, _, path = asked
    shown = page(daemon, "GET", path(language="de"))
    assert "Waren Sie das?" in shown.text() and "Uhr" not in shown.text().split("Wann")[0]
    assert "Danke" in page(daemon, "POST", path(language="de"), b"verdict=good").text()


def test_the_page_may_be_posted_from_any_site(asked):
    """The link is the permission; some browsers hide where a page without a referrer posts from."""
    daemon, _, path = asked
    hidden = ("Origin: null", "Sec-Fetch-Site: cross-site")
    assert daemon.ask(request("POST", path(), b"verdict=good", headers=hidden, auth=None)).status == 200


def test_the_page_keeps_a_strict_policy(asked):
    daemon, _, path = asked
    shown = page(daemon, "GET", path())
    policy = dict(part.strip().split(" ", 1) for part in shown.header("content-security-policy").split(";"))
    style = re.search(r"<style>(.*?)</style>", shown.text(), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'", "style-src": f"'sha256-{digest}'", "form-action": "'self'",
        "frame-ancestors": "'none'", "base-uri": "'none'",
    }
    assert shown.header("referrer-policy") == "no-referrer" and shown.header("cache-control") == "no-store"
    assert not re.search(r"<script|<img|<iframe|<link|src=|http-equiv|style=", shown.text())


def test_what_clients_sent_stays_text(launch):
    daemon = launch(ELSEWHERE)
    login = '"><script>alert(1)</script>\u202e{{x}}\r\nX: y'
    go_away(daemon, login, 1)
    alert = alerts(daemon)[0]["id"]
    shown = page(daemon, "GET", "/feedback/" + Signer(daemon).token(alert, login))
    assert shown.status == 200 and "<script" not in shown.text() and "\u202e" not in shown.text()
    assert "&lt;script&gt;alert(1)" in shown.text() and shown.header("x") is None


def test_without_a_public_url_there_is_no_page(launch):
    daemon = launch(ELSEWHERE.replace('setPublicUrl("https://alerts.example.com/prefix/")', ""))
    go_away(daemon, "ann", 1)
    assert page(daemon, "GET", "/feedback/" + Signer(daemon).token(newest(daemon)["id"], "ann")).status == 404


@pytest.mark.parametrize("url", ["alerts.example.com", "https://", "https://u@x/", "https://x/?a", 'https://x/"', "ftp://x"])
def test_a_wrong_public_url_is_an_error(tmp_path, url):
    assert "setPublicUrl" in refused(tmp_path, f"setPublicUrl('{url}')")


def test_the_key_is_for_our_eyes_only(launch):
    daemon = launch(ELSEWHERE)
    key = daemon.directory / "history" / "feedback.key"
    assert key.stat().st_mode & 0o777 == 0o600
    daemon.stop()
    key.chmod(0o644)
    assert daemon.start().wait_exit() == 1
    assert "feedback.key may be read by others" in daemon.transcript()


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_chromium_shows_the_page_and_has_nothing_to_say(asked, tmp_path):
    daemon, _, path = asked
    url = f"http://127.0.0.1:{daemon.http[1]}{path()}"
    picture = tmp_path / "page.png"
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile", "--window-size=800,620",
         "--enable-logging=stderr", f"--screenshot={picture}", url],
        capture_output=True, timeout=120, check=False,
    )
    assert picture.exists(), done.stderr
    assert b"Content Security Policy" not in done.stderr and b"CONSOLE" not in done.stderr
    if kept := os.environ.get("TRACKALERT_SCREENSHOT"):  # how docs/images/feedback-page.png is made
        shutil.copy(picture, kept)
