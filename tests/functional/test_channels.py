# SPDX-License-Identifier: Apache-2.0
"""Alerts leave: to webhooks, programs, files, syslog and wforce; through outages and kills; and nothing that a client
sent gets out of its place."""

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess

import pytest
from harness.config_check import refused
from harness.daemon import is_sanitized
from harness.history import REMEMBERING, ask_json, remember
from harness.waiting import eventually
from harness.webhook_receiver import WebhookReceiver

# A report of login "raise" raises one alert: its key, severity and message are the report's attributes.
RAISING = (
    REMEMBERING
    + """
setReport(function(lt)
  if lt.protocol ~= "raise" then return end
  raiseAlert{ rule = "test_rule", severity = lt.attrs.severity or "high", key = lt.login,
              message = lt.attrs.message or "a message", sources = { lt.attrs.source or "192.0.2.7" },
              attack = lt.attrs.attack, evidence = { agent = lt.attrs.agent or "none" } }
end)
"""
)

# What a hostile client puts wherever it can.
HOSTILE = (
    "x\r\nX-Injected: yes\r\n\r\nbody\n<14>forged: line\n\", \"id\": \"forged\"} $(touch PWNED) `touch PWNED` ; touch PWNED #"
    " ${TRACKALERT} %{YYYY} {{7*7}} <!channel> <http://evil.example|click> [click](http://evil.example) <b>bold</b> '\"\\ \x1b[31m\x00é"
)


def raise_alert(daemon, login, **attrs):
    remember(daemon, login, protocol="raise", attrs=attrs)


def restart(daemon, how=signal.SIGTERM):
    daemon.signal(how)
    daemon.process.wait(30)
    daemon.start().wait_ready()


def deliveries(daemon, query=""):
    status, answer = ask_json(daemon, "GET", "deliveries" + query)
    assert status == 200, answer
    return answer["deliveries"]


def only_alert(daemon):
    status, answer = ask_json(daemon, "GET", "alerts")
    assert status == 200 and len(answer["alerts"]) == 1, answer
    return answer["alerts"][0]


def webhook(receiver, path="/", name="ops", more=""):
    return f"addAlertChannel('{name}', 'webhook', {{ url = '{receiver.url(path)}'{more} }})\n"


def received(receiver):
    """The single alerts that came, (delivery, body) each."""
    return [(one.header("X-Wforce-Delivery"), json.loads(one.body)) for one in list(receiver.requests)]


def test_a_webhook_gets_the_alert_signed(launch, receiver):
    daemon = launch(RAISING + webhook(receiver, "/a", more=", secret = 'key', basic_auth = 'u:p', api_key = 'k'"))
    raise_alert(daemon, "ann")
    got = receiver.wait_for(1)[0]
    body = json.loads(got.body)
    alert = only_alert(daemon)
    assert {name: body[name] for name in alert} == alert and body["news"] == "opened"
    assert got.method == "POST" and got.path == "/a" and got.header("X-Wforce-Event") == "ops"
    digest = hmac.new(b"key", got.body, hashlib.sha256).digest()
    assert got.header("X-Wforce-Signature") == base64.b64encode(digest).decode()
    assert got.header("Authorization") == "Basic " + base64.b64encode(b"u:p").decode()
    assert got.header("X-API-Key") == "k" and got.header("Content-Type") == "application/json"
    assert got.header("X-Wforce-Delivery") == body["delivery"] and len(body["delivery"]) == 16
    eventually(lambda: deliveries(daemon) == [], 10, "an empty outbox")
    daemon.wait_for_metric('trackalert_alerts_sent_total{channel="ops"}', 1)


def test_every_alert_arrives_through_an_outage_and_a_kill(launch, refused_port):
    """Nobody listens while the alerts are raised; the daemon is killed; then somebody does."""
    config = RAISING + f"addAlertChannel('ops', 'webhook', {{ url = 'http://127.0.0.1:{refused_port}/' }})\n"
    daemon = launch(config)
    for number in range(20):
        raise_alert(daemon, f"user{number}", severity="medium")
    raise_alert(daemon, "user3", severity="critical")
    eventually(lambda: len(deliveries(daemon)) == 21, 10, "21 that wait")
    before = {(one["alert"], one["news"]): one["id"] for one in deliveries(daemon)}
    assert "fails, its alerts wait" in daemon.transcript()
    with WebhookReceiver() as late:
        daemon.write_config(config.replace(f"127.0.0.1:{refused_port}", f"127.0.0.1:{late.port}"))
        restart(daemon, signal.SIGKILL)
        got = eventually(lambda: len(late.requests) >= 21 and received(late), 30, "21 messages")
        eventually(lambda: deliveries(daemon) == [], 30, "an empty outbox")
        got = received(late)
    after = {}
    for delivery, body in got:
        after.setdefault((body["id"], body["news"]), set()).add(delivery)
    assert {key: {value} for key, value in before.items()} == after, "the same ids, through tries and processes"
    news = [body["news"] for _, body in got if body["key"] == "login:user3"]
    assert news == ["opened", "raised"]


def test_a_message_under_way_at_a_kill_comes_again(launch, receiver):
    daemon = launch(RAISING + webhook(receiver, "/hold"))
    raise_alert(daemon, "ann")
    receiver.wait_for_held(1)
    restart(daemon, signal.SIGKILL)
    receiver.release()
    first, second = receiver.wait_for(2)
    assert first.header("X-Wforce-Delivery") == second.header("X-Wforce-Delivery")
    eventually(lambda: deliveries(daemon) == [], 20, "an empty outbox")


def test_ten_thousand_alerts_hold_up_nobody(launch, receiver):
    """A slow channel beside a fast one and a digest; the intake takes reports as before."""
    with WebhookReceiver() as slow, WebhookReceiver() as digest:
        daemon = launch(
            RAISING
            + webhook(receiver, name="fast", more=", at_once = 16")
            + webhook(slow, "/hold", "slow", ", at_once = 2, timeout = '5m'")
            + webhook(digest, name="few", more=", rate = '3/m'")
        )
        code = """for i = 1, 2500 do
          raiseAlert{ rule = "storm", severity = "high", key = "%s" .. i, message = "m" } end return "done" """
        before = memory_kb(daemon.process.pid)
        for part in ("a", "b", "c", "d"):
            assert daemon.evaluate(code % part, timeout=60) == (True, "done")
            remember(daemon, f"honest{part}")
        receiver.wait_for(10_000, timeout=120)
        assert slow.held == 2, "as many as may be on their way at once"
        metrics = daemon.metrics()
        assert metrics['trackalert_alerts_waiting{channel="slow"}'] == 10_000
        assert metrics["trackalert_reports_total"] >= 4
        assert metrics.get('trackalert_reports_refused_total{reason="queue_full"}', 0) == 0
        told = eventually(lambda: sizes(digest) if sum(sizes(digest)) == 10_000 else None, 90, "all in digests")
        assert len(told) <= 12, told
        if not is_sanitized():  # which keeps what was freed
            assert memory_kb(daemon.process.pid) - before < 300_000
        slow.release()


def sizes(receiver):
    """Of how many alerts each message told."""
    bodies = [json.loads(one.body) for one in list(receiver.requests)]
    return [len(body["alerts"]) + body["not_shown"] if "alerts" in body else 1 for body in bodies]


def memory_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_routes_choose(launch, receiver):
    daemon = launch(
        RAISING
        + "".join(webhook(receiver, f"/{name}", name) for name in ("all", "bad", "example"))
        + "routeAlerts{ severity = 'info', to = 'all', closed = true }\n"
        + "routeAlerts{ severity = 'critical', rule = 'test_*', to = { 'bad', 'all' } }\n"
        + "routeAlerts{ key = 'login:*@example.com', to = 'example' }\n"
        + "routeAlerts{ hours = '0-24', days = 'mon-sun', rule = 'other', to = 'bad' }\n"
    )
    raise_alert(daemon, "a@example.com", severity="low")
    raise_alert(daemon, "b@example.com", severity="medium")
    raise_alert(daemon, "c@example.org", severity="critical")
    receiver.wait_for(5)
    eventually(lambda: deliveries(daemon) == [], 10, "an empty outbox")
    got = sorted((one.path, json.loads(one.body)["logins"][0][0]) for one in receiver.requests)
    assert got == [("/all", "a"), ("/all", "b"), ("/all", "c"), ("/bad", "c"), ("/example", "b")]


def test_without_a_route_medium_and_above_go_to_all(launch, receiver, tmp_path):
    (tmp_path / "never").write_text("#!/bin/sh\ntouch " + str(tmp_path / "ran"))
    (tmp_path / "never").chmod(0o755)
    daemon = launch(
        RAISING
        + webhook(receiver)
        + f"addAlertChannel('acts', 'exec', {{ command = '{tmp_path}/never' }})\n"
    )
    raise_alert(daemon, "quiet", severity="low")
    raise_alert(daemon, "loud", severity="medium")
    assert json.loads(receiver.wait_for(1)[0].body)["logins"] == ["loud"]
    eventually(lambda: deliveries(daemon) == [], 10, "an empty outbox")
    assert not (tmp_path / "ran").exists(), "what acts wants a route"


def test_rules_that_look_on_tell_nobody(launch, receiver):
    daemon = launch(
        REMEMBERING + webhook(receiver) + "routeAlerts{ severity = 'info', to = 'ops' }\n"
        "enableDetection('brute_force', { mode = 'shadow' })\n"
    )
    for number in range(12):
        remember(daemon, "ann", success=False, pwhash=f"{number:03x}")
    assert ask_json(daemon, "GET", "alerts?state=shadow")[1]["alerts"]
    assert deliveries(daemon) == [] and receiver.requests == []


def test_the_dead_are_shown_and_sent_again(launch, receiver):
    daemon = launch(RAISING + webhook(receiver, "/status413"))
    raise_alert(daemon, "ann")
    dead = eventually(lambda: deliveries(daemon, "?state=dead&channel=ops"), 10, "a dead one")[0]
    assert dead["error"] == "the receiver answered 413" and dead["attempts"] == 1
    assert dead["id"] in daemon.console("showDeliveries()")
    assert deliveries(daemon, "?state=waiting") == []
    assert ask_json(daemon, "POST", "deliveries/0123456789abcdef/resend")[0] == 404
    assert ask_json(daemon, "GET", f"deliveries/{dead['id']}/resend")[0] == 405
    assert ask_json(daemon, "POST", f"deliveries/{dead['id']}/resend") == (200, {"status": "ok"})
    daemon.wait_for_line(rf"^Delivery {dead['id']} is sent again for 127\.0\.0\.1:[0-9]+$")
    receiver.wait_for(2)
    eventually(lambda: deliveries(daemon, "?state=dead"), 10, "dead again")
    assert "waits again" in daemon.console(f"resendDelivery('{dead['id']}')")
    again = receiver.wait_for(3)
    assert len({one.header("X-Wforce-Delivery") for one in again}) == 1
    assert "no dead delivery" in daemon.console("resendDelivery('0123456789abcdef')")
    daemon.wait_for_metric('trackalert_alerts_dead{channel="ops"}', 1)


@pytest.mark.parametrize(
    ("query", "reason"),
    [("?state=gone", "waiting or dead"), ("?stat=dead", 'no "stat"'), ("?limit=0", "limit"), ("?cursor=x", "cursor")],
)
def test_wrong_questions_are_named(launch, query, reason):
    status, answer = ask_json(launch(REMEMBERING), "GET", "deliveries" + query)
    assert status == 400 and reason in answer["reason"]


def test_pages_of_deliveries(launch, refused_port):
    daemon = launch(RAISING + f"addAlertChannel('ops', 'webhook', {{ url = 'http://127.0.0.1:{refused_port}/' }})\n")
    for number in range(5):
        raise_alert(daemon, f"user{number}")
    eventually(lambda: len(deliveries(daemon)) == 5, 10, "five")
    seen, cursor = [], ""
    while True:
        status, page = ask_json(daemon, "GET", f"deliveries?limit=2{cursor}")
        assert status == 200 and len(page["deliveries"]) <= 2
        seen += [one["id"] for one in page["deliveries"]]
        if "cursor" not in page:
            break
        cursor = "&cursor=" + page["cursor"]
    assert len(seen) == 5 and len(set(seen)) == 5


def test_a_reload_brings_other_channels(launch, receiver, refused_port):
    away = RAISING + f"addAlertChannel('ops', 'webhook', {{ url = 'http://127.0.0.1:{refused_port}/' }})\n"
    daemon = launch(away)
    raise_alert(daemon, "ann")
    eventually(lambda: any(one["attempts"] for one in deliveries(daemon)), 10, "a try")
    daemon.write_config(RAISING + webhook(receiver, name="other") + webhook(receiver, "/ops"))
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("The configuration was reloaded", since=mark)
    raise_alert(daemon, "bob")
    eventually(lambda: len(receiver.requests) >= 3, 30, "bob by both, ann by ops")
    assert sorted((one.path, json.loads(one.body)["logins"][0]) for one in receiver.requests) == [
        ("/", "bob"), ("/ops", "ann"), ("/ops", "bob"),
    ]
    # One that does not exist keeps the old ones.
    daemon.write_config(RAISING + "addAlertChannel('ops', 'pigeon', {})\n")
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("was not reloaded", since=mark)
    raise_alert(daemon, "eve")
    eventually(lambda: len(receiver.requests) >= 5, 30, "eve by both")


def test_an_erased_login_is_told_to_nobody(launch, receiver, refused_port):
    config = RAISING + f"addAlertChannel('ops', 'webhook', {{ url = 'http://127.0.0.1:{refused_port}/' }})\n"
    daemon = launch(config)
    raise_alert(daemon, "ann")
    raise_alert(daemon, "bob")
    eventually(lambda: len(deliveries(daemon)) == 2, 10, "two")
    assert ask_json(daemon, "DELETE", "logins/ann")[0] == 200
    daemon.write_config(config.replace(f"127.0.0.1:{refused_port}", f"127.0.0.1:{receiver.port}"))
    restart(daemon)
    eventually(lambda: deliveries(daemon) == [], 30, "an empty outbox")
    assert [body["logins"] for _, body in received(receiver)] == [["bob"]]


# --- formats and templates ---


@pytest.mark.parametrize("kind", ["slack", "teams", "matrix", "pagerduty"])
def test_formats(launch, receiver, kind):
    more = {
        "pagerduty": ", routing_key = 'R'",
        "matrix": ", room = '!a:example.org', token = 'T'",
    }.get(kind, "")
    daemon = launch(
        RAISING + webhook(receiver, "", more=f", format = '{kind}'{more}")
    )
    raise_alert(daemon, HOSTILE, message="hit " + HOSTILE, agent=HOSTILE)
    got = receiver.wait_for(1)[0]
    alert = only_alert(daemon)
    body = json.loads(got.body)
    text = got.body.decode()
    assert "\\u001b" not in text and "\x1b" not in text and "X-Injected" not in dict(got.headers)
    if kind == "slack":
        assert "<!channel>" not in body["text"] and "&lt;!channel&gt;" in body["text"] and body["mrkdwn"] is False
        assert len(body["text"].splitlines()) == 5, "no line of the client's"
    elif kind == "teams":
        card = body["attachments"][0]["content"]
        runs = [run for block in card["body"] for run in block["inlines"]]
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}, "which knows no markup"
        assert all(run["type"] == "TextRun" and "\n" not in run["text"] for run in runs)
    elif kind == "matrix":
        assert got.method == "PUT" and got.header("Authorization") == "Bearer T"
        delivery = got.header("X-Wforce-Delivery")
        assert got.path == f"/_matrix/client/v3/rooms/%21a%3Aexample.org/send/m.room.message/{delivery}"
        assert body["msgtype"] == "m.text" and set(body) == {"msgtype", "body"}
    else:
        assert body["routing_key"] == "R" and body["event_action"] == "trigger" and body["dedup_key"] == alert["id"]
        assert body["payload"]["severity"] == "error" and "\n" not in body["payload"]["summary"]


def test_a_template_makes_the_body(launch, receiver):
    daemon = launch(
        RAISING
        + "setAlertFunction('brief', function(alert) return alert.news .. ' ' .. alert.rule .. ' ' .. alert.logins[1] end)\n"
        + webhook(receiver, more=", template = 'brief', content_type = 'text/plain'")
    )
    raise_alert(daemon, "ann")
    got = receiver.wait_for(1)[0]
    assert got.body == b"opened test_rule ann" and got.header("Content-Type") == "text/plain"


def test_a_template_that_fails_is_a_failed_try(launch, receiver):
    daemon = launch(
        RAISING
        + "setAlertFunction('bad', function(alert) return {} .. 'x' end)\n"
        + webhook(receiver, more=", template = 'bad'")
        + webhook(receiver, name="other", more=", template = 'missing'")
    )
    daemon.wait_for_line(r"Channel other asks the function \[missing\], which setAlertFunction\(\) has not set")
    raise_alert(daemon, "ann")
    waiting = eventually(
        lambda: [one for one in deliveries(daemon) if one["attempts"]][1:] and deliveries(daemon), 10, "two tries"
    )
    reasons = {one["channel"]: one["error"] for one in waiting}
    assert "template bad: " in reasons["ops"] and 'named no "missing"' in reasons["other"]
    assert receiver.requests == []


def test_an_endless_template_holds_up_nobody(launch, receiver):
    daemon = launch(
        RAISING
        + "setLuaTimeoutSecs(1) setAlertFunction('endless', function() while true do end end)\n"
        + webhook(receiver, "/slow", "slow", ", template = 'endless'")
        + webhook(receiver)
    )
    raise_alert(daemon, "ann")
    assert receiver.wait_for(1)[0].path == "/"
    eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]], 20, "a failed try")


# --- syslog, ecs ---


@pytest.fixture
def syslog(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(20)
        yield server, tmp_path / "log"


def test_syslog_gets_one_line(launch, syslog):
    server, path = syslog
    daemon = launch(RAISING + f"addAlertChannel('log', 'syslog', {{ socket = '{path}', facility = 'local3' }})\n")
    raise_alert(daemon, HOSTILE, message="m " + HOSTILE)
    line = server.recv(65536).decode()
    assert line.startswith(f"<{19 * 8 + 3}>") and " trackalert-alert[" in line
    assert "\n" not in line and "\x1b" not in line and "\x00" not in line
    assert f'id="{only_alert(daemon)["id"]}"' in line and 'severity="high"' in line
    assert 'logins="x\\\\r\\\\nX-Injected: yes' in line, "escaped, in its quotes"


def test_syslog_as_json_fits_a_datagram(launch, syslog):
    server, path = syslog
    daemon = launch(RAISING + f"addAlertChannel('log', 'syslog', {{ socket = '{path}', format = 'json' }})\n")
    raise_alert(daemon, HOSTILE * 4, message=HOSTILE * 4)
    line = server.recv(65536).decode()
    assert len(line) <= 8000
    assert json.loads(line.split("]: ", 1)[1])["event"]["kind"] == "alert"


def test_a_syslog_daemon_that_starts_anew_is_found(launch, tmp_path):
    path = tmp_path / "log"
    daemon = launch(RAISING + f"addAlertChannel('log', 'syslog', {{ socket = '{path}' }})\n")
    raise_alert(daemon, "ann")
    eventually(lambda: [one for one in deliveries(daemon) if "syslog socket" in one.get("error", "")], 10, "a failure")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        server.settimeout(20)
        assert b'key="login:ann"' in server.recv(65536)
    path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        server.settimeout(20)
        raise_alert(daemon, "bob")
        assert b'key="login:bob"' in server.recv(65536)


def test_ecs_lines(launch, tmp_path):
    file = tmp_path / "alerts.json"
    daemon = launch(RAISING + f"addAlertChannel('siem', 'ecs', {{ file = '{file}' }})\n")
    raise_alert(daemon, HOSTILE, source="2001:db8::1", attack="T1110.003")
    eventually(lambda: file.exists() and file.read_bytes().endswith(b"\n"), 10, "a line")
    (line,) = file.read_text("utf-8").splitlines()
    event = json.loads(line)
    assert event["event"]["kind"] == "alert" and event["rule"]["name"] == "test_rule"
    assert event["source"]["ip"] == "2001:db8::1" and event["threat"]["technique"]["id"] == ["T1110.003"]
    assert event["user"]["name"].startswith("x\\r\\nX-Injected")
    assert file.stat().st_mode & 0o777 == 0o640
    file.rename(tmp_path / "alerts.json.1")  # as logrotate does
    raise_alert(daemon, "bob", source="not an address")
    eventually(lambda: file.exists() and file.read_bytes().endswith(b"\n"), 10, "a line in a new file")
    assert "source" not in json.loads(file.read_text()), "what is no address is no source.ip"


def test_ecs_takes_no_pipe(launch, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    daemon = launch(RAISING + f"addAlertChannel('siem', 'ecs', {{ file = '{tmp_path}/pipe' }})\n")
    raise_alert(daemon, "ann")
    eventually(lambda: [one for one in deliveries(daemon) if one.get("error")], 10, "a failure")


# --- exec ---


def program(tmp_path, text, name="program"):
    path = tmp_path / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def acting(path, more=""):
    return f"addAlertChannel('run', 'exec', {{ command = {{ '{path}', 'one', '$(touch PWNED)' }}{more} }})\nrouteAlerts{{ to = 'run' }}\n"


def test_a_program_gets_json_and_nothing_else(launch, tmp_path):
    out = tmp_path / "out"
    path = program(
        tmp_path,
        "#!/usr/bin/python3\nimport json, os, sys\n"
        "fds = sorted(int(fd) for fd in os.listdir('/proc/self/fd'))\n"
        f"json.dump({{'in': json.load(sys.stdin), 'args': sys.argv[1:], 'env': dict(os.environ), 'fds': fds, 'cwd': os.getcwd(),"
        f" 'group': os.getpgrp() == os.getpid()}}, open('{out}.new', 'w'))\nos.rename('{out}.new', '{out}')\n",
    )
    daemon = launch(RAISING + acting(path), env={"SECRET": "x"})
    raise_alert(daemon, HOSTILE)
    eventually(out.exists, 15, "the program")
    seen = json.loads(out.read_text())
    assert seen["in"]["logins"] == only_alert(daemon)["logins"] and seen["in"]["news"] == "opened"
    assert seen["args"] == ["one", "$(touch PWNED)"] and seen["cwd"] == "/" and seen["group"]
    assert set(seen["env"]) - {"LC_CTYPE"} == {"PATH", "LANG", "TRACKALERT_DELIVERY"}
    assert seen["fds"][:3] == [0, 1, 2] and len(seen["fds"]) == 4, "the fourth is the listing itself"
    eventually(lambda: deliveries(daemon) == [], 10, "an empty outbox")
    assert not list(tmp_path.rglob("PWNED")) and not os.path.exists("/PWNED")


def test_a_program_that_fails_is_tried_again(launch, tmp_path):
    path = program(tmp_path, f"#!/bin/sh\necho 'no \x1b[31mluck' >&2\ntest -e {tmp_path}/ok || exit 3\n")
    daemon = launch(RAISING + acting(path))
    raise_alert(daemon, "ann")
    failed = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]], 10, "a failed try")[0]
    assert failed["error"] == "the program ended with status 3"
    daemon.wait_for_line(r"Channel run: the program said: no \\x1b\[31mluck")
    (tmp_path / "ok").touch()
    eventually(lambda: deliveries(daemon) == [], 30, "an empty outbox")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sleep 1000 &\nsleep 1000\n", "took too long"),
        ("exec yes\n", "wrote too much"),
    ],
)
def test_a_program_beyond_its_limits_is_killed_with_its_children(launch, tmp_path, body, reason):
    path = program(tmp_path, f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{body}")
    daemon = launch(RAISING + acting(path, ", timeout = '1s'"))
    raise_alert(daemon, "ann")
    failed = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]], 20, "a failed try")[0]
    assert reason in failed["error"]
    group = int((tmp_path / "pid").read_text())
    left = subprocess.run(["pgrep", "-g", str(group)], capture_output=True, check=False).stdout.split()
    alive = [pid for pid in left if state_of(pid) not in ("Z", None)]
    assert alive == []


def state_of(pid):
    try:
        with open(f"/proc/{int(pid)}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return None


def test_a_program_that_hangs_does_not_hold_up_the_stop(launch, tmp_path):
    path = program(tmp_path, f"#!/bin/sh\ntouch {tmp_path}/began\nsleep 1000\n")
    daemon = launch(RAISING + "setShutdownTimeoutSecs(1)\n" + acting(path))
    raise_alert(daemon, "ann")
    eventually((tmp_path / "began").exists, 10, "the program")
    daemon.stop()
    assert "1 alerts not delivered, which the next start does" in daemon.transcript()


# --- wforce ---


class Wforce(WebhookReceiver):
    """wforce's web server, as far as its documentation says what addBLEntry is."""

    def entries(self):
        return [json.loads(one.body) for one in list(self.requests)]


@pytest.fixture
def wforce():
    with Wforce() as server:
        server.answer = b'{"status":"ok"}'
        yield server


def blocking(wforce, more=""):
    return (
        f"addAlertChannel('block', 'wforce', {{ url = 'http://127.0.0.1:{wforce.port}/', password = 'secret',"
        f" expire = '2h'{more} }})\nrouteAlerts{{ to = 'block' }}\n"
    )


def test_wforce_blocks_the_sources(launch, wforce):
    daemon = launch(RAISING + blocking(wforce))
    raise_alert(daemon, "ann", source="2001:DB8::1")
    got = wforce.wait_for(1)[0]
    assert got.path == "/?command=addBLEntry" and got.method == "POST"
    assert got.header("Authorization") == "Basic " + base64.b64encode(b"wforce:secret").decode()
    assert wforce.entries() == [{"ip": "2001:db8::1", "expire_secs": 7200, "reason": only_alert(daemon)["id"]}]
    raise_alert(daemon, "bob", source='1.2.3.4", "login": "victim')
    eventually(lambda: deliveries(daemon) == [], 10, "an empty outbox")
    assert len(wforce.requests) == 1, "what is no address is not blocked"


def test_wforce_blocks_the_login(launch, wforce):
    daemon = launch(RAISING + blocking(wforce, ", block = 'login'"))
    raise_alert(daemon, HOSTILE.replace("\x00", ""))
    wforce.wait_for(1)
    entry = wforce.entries()[0]
    assert set(entry) == {"login", "expire_secs", "reason"} and entry["login"] == HOSTILE.replace("\x00", "")


def test_a_wforce_that_does_not_say_ok_is_asked_again(launch, wforce):
    wforce.answer = b'{"status":"failure", "reason":"no"}'
    daemon = launch(RAISING + blocking(wforce))
    raise_alert(daemon, "ann")
    failed = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]], 10, "a failed try")[0]
    assert "did not answer" in failed["error"]
    wforce.answer = b'{"status":"ok"}'
    eventually(lambda: deliveries(daemon) == [], 30, "an empty outbox")


# --- a policy's webhooks ---


def hooking(url, more=""):
    return REMEMBERING + f"addCustomWebHook('hook', {{ url = '{url}'{more} }})\n"


def run_hook(daemon, data):
    assert daemon.evaluate(f"runCustomWebHook('hook', '{data}') return 'done'") == (True, "done")


def test_a_webhook_with_retry_outlives_an_outage_and_a_kill(launch, receiver, refused_port):
    retry = ", retry = 'true', secret = 'key'"
    daemon = launch(hooking(f"http://127.0.0.1:{refused_port}/", retry))
    run_hook(daemon, "one")
    run_hook(daemon, "two")
    waiting = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]] and deliveries(daemon), 10, "a try")
    assert [one["channel"] for one in waiting] == ["webhook:hook"] * 2 and "alert" not in waiting[0]
    failed = f'trackalert_custom_webhook_events_total{{id="1",status="error",url="http://127.0.0.1:{refused_port}/"}}'
    assert daemon.metrics()[failed] >= 1
    daemon.write_config(hooking(receiver.url(), retry))
    restart(daemon, signal.SIGKILL)
    got = receiver.wait_for(2, timeout=30)
    assert sorted(one.body for one in got) == [b"one", b"two"]
    assert {one.header("X-Wforce-Delivery") for one in got} == {one["id"] for one in waiting}
    assert all(one.header("X-Wforce-Event") == "hook" and one.header("X-Wforce-HookID") == "1" for one in got)
    eventually(lambda: deliveries(daemon) == [], 20, "an empty outbox")
    daemon.wait_for_metric(f'trackalert_custom_webhook_events_total{{id="1",status="ok",url="{receiver.url()}"}}', 2)


def test_a_webhook_without_retry_is_tried_once(launch, refused_port):
    daemon = launch(hooking(f"http://127.0.0.1:{refused_port}/"))
    run_hook(daemon, "one")
    daemon.wait_for_line("Webhook id=1 failed to url")
    assert deliveries(daemon) == []


def test_what_is_too_long_to_keep_is_tried_once(launch, receiver):
    daemon = launch(hooking(receiver.url(), ", retry = 'true'"))
    assert daemon.evaluate("runCustomWebHook('hook', string.rep('x', 70000)) return 'done'") == (True, "done")
    assert len(receiver.wait_for(1)[0].body) == 70_000
    daemon.wait_for_line("is tried once, it cannot be kept: it has more than 65536 bytes")


def test_retry_without_a_history_is_warned_of(launch, receiver):
    daemon = launch(hooking(receiver.url(), ", retry = 'true'").replace('setHistoryDir("history")', ""))
    daemon.wait_for_line(r"Webhooks with retry are tried once without setHistoryDir\(\)")
    run_hook(daemon, "one")
    assert receiver.wait_for(1)[0].body == b"one"


# --- configuration ---


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("addAlertChannel('Ops', 'syslog')", "small letters"),
        ("addAlertChannel('a', 'email', { smtp = 'smtp://127.0.0.1', from = 'a@b.example' })", "it wants either to or owner"),
        ("addAlertChannel('a', 'email', { from = 'a@b.example', to = 'c@b.example' })", "smtp is missing"),
        ("addAlertChannel('a', 'email', { smtp = 'smtp://127.0.0.1', from = 'a', to = 'c@b.example' })", "from: "),
        ("addAlertChannel('a', 'email', { smtp = 'smtp://127.0.0.1', from = 'a@b.example', color = 'red' })", 'no "color" here'),
        ("addAlertChannel('ops', 'pigeon')", "only webhook, syslog, ecs, exec, wforce"),
        ("addAlertChannel('ops', 'webhook', { ulr = 'http://h/' })", 'there is no "ulr" here, only url, secret'),
        ("addAlertChannel('ops', 'webhook', { })", "url is missing"),
        ("addAlertChannel('ops', 'webhook', { url = 'ftp://h/' })", "http://"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/\\r\\nX: y' })", "control character"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/', rate = '10/x' })", "rate is"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/', quiet = '22-22' })", "quiet: hours"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/', at_once = 65 })", "from 1 to 64"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/', format = 'fax' })", "json, slack, teams"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/', format = 'matrix' })", "wants room"),
        ("addAlertChannel('ops', 'webhook', { url = 'http://h/', room = '!x' })", "for format matrix alone"),
        ("addAlertChannel('ops', 'syslog', { digest = '1h' })", "no digest"),
        ("addAlertChannel('ops', 'exec', { command = 'true' })", "absolute"),
        ("addAlertChannel('ops', 'exec', { command = '/nowhere/x' })", "cannot be run"),
        ("addAlertChannel('ops', 'wforce', { url = 'http://h' })", "password is missing"),
        ("addAlertChannel('ops', 'ecs', { file = true })", "file is a text"),
        ("addAlertChannel('ops', 'syslog') addAlertChannel('ops', 'syslog')", "already"),
        ("addAlertChannel('ops', 'syslog') routeAlerts{ to = 'opss' }", 'no channel "opss", only ops'),
        ("routeAlerts{ to = 'ops' }", "addAlertChannel() comes before"),
        ("addAlertChannel('ops', 'syslog') routeAlerts{ severity = 'high' }", "to is missing"),
        ("addAlertChannel('ops', 'syslog') routeAlerts{ to = 'ops', sev = 'x' }", 'there is no "sev" here, only severity'),
        ("addAlertChannel('ops', 'syslog') routeAlerts{ to = 'ops', hours = '25-3' }", "hours are"),
        ("addAlertChannel('ops', 'syslog') routeAlerts{ to = 'ops', days = 'someday' }", "days are"),
    ],
)
def test_wrong_configurations_are_named(tmp_path, config, reason):
    assert reason in refused(tmp_path, config)


def test_secrets_are_in_no_error(tmp_path):
    said = refused(
        tmp_path, "addAlertChannel('ops', 'webhook', { url = 'nonsense://user:hunter2@h/', secret = 'hunter2\\n' })"
    )
    assert "hunter2" not in said


def test_channels_without_a_history_are_warned_of(launch, receiver):
    daemon = launch(RAISING.replace('setHistoryDir("history")', "") + webhook(receiver))
    daemon.wait_for_line(r"The alert channels tell nothing without setHistoryDir\(\)")
