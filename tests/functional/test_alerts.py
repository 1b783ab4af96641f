# SPDX-License-Identifier: Apache-2.0
"""Alerts in the daemon: kept over its end, shown and explained, left out where that is allowed, raised by the policy."""

import signal
import subprocess
import time

import pytest
from harness.config_check import refused
from harness.daemon import binary_path
from harness.history import REMEMBERING, ask_json, remember
from harness.waiting import eventually

GUESSING = REMEMBERING + "enableDetection('brute_force')\n"


def guess(daemon, first=0, end=12, remote="192.0.2.1", login="ann"):
    for number in range(first, end):
        remember(daemon, login, remote, success=False, pwhash=f"{number:03x}")


def alerts(daemon, query=""):
    status, answer = ask_json(daemon, "GET", "alerts" + query)
    assert status == 200, answer
    return answer["alerts"]


def only_alert(daemon, query=""):
    found = alerts(daemon, query)
    assert len(found) == 1, found
    return found[0]


def restart(daemon, how=signal.SIGTERM):
    daemon.signal(how)
    daemon.process.wait(30)
    daemon.start().wait_ready()


def test_one_form_everywhere(launch):
    daemon = launch(GUESSING)
    guess(daemon)
    alert = only_alert(daemon)
    assert alert["rule"] == "brute_force" and alert["severity"] == "medium" and alert["state"] == "open"
    assert alert["key"] == "remote:192.0.2.1" and alert["logins"] == ["ann"] and alert["attack"]
    assert alert["evidence"]["guesses"]["threshold"] == 10
    assert ask_json(daemon, "GET", "alerts/" + alert["id"]) == (200, alert)
    table = daemon.console("showAlerts()")
    assert alert["id"] in table and "brute_force" in table
    shown = daemon.console(f'showAlert("{alert["id"]}")')
    assert alert["message"] in shown and "threshold 10" in shown


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_alerts_outlive_the_daemon(launch, how):
    daemon = launch(GUESSING)
    guess(daemon)
    before = only_alert(daemon)
    restart(daemon, how)
    assert only_alert(daemon)["id"] == before["id"]
    guess(daemon, 20, 32)
    after = only_alert(daemon)  # it goes on
    assert after["id"] == before["id"] and after["count"] > before["count"]


def test_filters_and_pages(launch):
    daemon = launch(GUESSING)
    for number in range(5):
        guess(daemon, remote=f"192.0.2.{number + 1}", login=f"user{number}")
    assert len(alerts(daemon)) == 5
    assert only_alert(daemon, "?login=user3")["key"] == "remote:192.0.2.4"
    assert only_alert(daemon, "?source=192.0.2.2")["logins"] == ["user1"]
    assert only_alert(daemon, "?key=remote%3A192.0.2.5")["logins"] == ["user4"]
    assert alerts(daemon, "?severity=high") == []
    assert len(alerts(daemon, "?rule=brute_force&state=open&since=1h")) == 5
    seen, cursor = [], ""
    while True:
        status, page = ask_json(daemon, "GET", f"alerts?limit=2{cursor}")
        assert status == 200 and len(page["alerts"]) <= 2
        seen += [alert["id"] for alert in page["alerts"]]
        if "cursor" not in page:
            break
        cursor = "&cursor=" + page["cursor"]
    assert len(seen) == 5 and len(set(seen)) == 5


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("?sverity=high", 'no "sverity"'),
        ("?severity=bad", "info, low, medium, high, critical"),
        ("?limit=0", "limit"),
        ("?limit=x", "limit"),
        ("?since=yesterday", "since"),
        ("?state=closing", "state"),
        ("?cursor=nonsense", "cursor"),
    ],
)
def test_wrong_filters_are_named(launch, query, reason):
    status, answer = ask_json(launch(GUESSING), "GET", "alerts" + query)
    assert status == 400 and reason in answer["reason"]


def test_routes_that_are_not_there(launch):
    daemon = launch(GUESSING)
    assert ask_json(daemon, "GET", "alerts/0123456789abcdef")[0] == 404
    assert ask_json(daemon, "GET", "alerts/0123456789abcdef/explanation")[0] == 404
    assert ask_json(daemon, "DELETE", "allowances/0123456789abcdef")[0] == 404
    assert ask_json(daemon, "PUT", "allowances")[0] == 405
    assert ask_json(daemon, "POST", "alerts")[0] == 405


def test_a_login_is_explained(launch):
    daemon = launch(GUESSING + "enableDetection('slow_guessing')\n")
    remember(daemon, "ann", "198.51.100.7")
    guess(daemon, 0, 7)
    status, told = ask_json(daemon, "GET", "logins/ann/explanation")
    assert status == 200 and told["login"]["known"] and told["alerts"] == []
    nearest = told["rules"][0]
    assert nearest["rule"] == "brute_force" and nearest["counts"]["guesses"] == {"seen": 7, "threshold": 10}
    text = daemon.console('explainLogin("ann")')
    assert "guesses 7 of 10" in text and "198.51.100.7" in text
    done = subprocess.run(
        [binary_path(), "explain", "--login", "ann", "-C", "trackalert.conf"],
        cwd=daemon.directory, capture_output=True, timeout=60, check=True,
    )
    assert b"guesses 7 of 10" in done.stdout


def test_an_alert_is_explained(launch):
    daemon = launch(GUESSING)
    guess(daemon)
    alert = only_alert(daemon)
    status, told = ask_json(daemon, "GET", f"alerts/{alert['id']}/explanation")
    assert status == 200 and told["alert"] == alert
    assert told["rule"]["parameters"]["min_guesses"] == 10
    assert told["remote"]["known"] and told["remote"]["remote"] == "192.0.2.1"
    text = daemon.console(f'explainAlert("{alert["id"]}")')
    assert "min_guesses" in text and "evidence" in text
    daemon.signal(signal.SIGTERM)
    daemon.process.wait(30)
    done = subprocess.run(
        [binary_path(), "explain", "--alert", alert["id"], "-C", "trackalert.conf"],
        cwd=daemon.directory, capture_output=True, timeout=60, check=True,
    )
    assert alert["message"].encode() in done.stdout


@pytest.mark.parametrize(
    ("entry", "by"),
    [
        ("allowRemote('192.0.2.0/24', { reason = 'the scanner of our own' })", "remote"),
        ("allowRemote('192.0.2.1', { detection = 'brute_force' })", "remote"),
        ("allowLogin('ann')", "login"),
    ],
)
def test_what_is_allowed_is_counted_and_no_alert(launch, entry, by):
    daemon = launch(GUESSING + entry + "\n")
    guess(daemon)
    assert alerts(daemon) == []
    metrics = daemon.metrics()
    assert metrics[f'trackalert_detections_suppressed_total{{by="{by}",detection="brute_force"}}'] > 0
    assert metrics['trackalert_detections_alerts_total{detection="brute_force"}'] == 0


@pytest.mark.parametrize(
    "entry",
    [
        "allowRemote('192.0.2.2')",
        "allowRemote('192.0.2.1', { detection = 'password_spray' })",
        "allowRemote('192.0.2.1', { expires = '2020-01-01' })",
        "allowCountry('DE')",
        "allowAsn('64496')",
    ],
)
def test_what_is_not_allowed_is_an_alert(launch, entry):
    daemon = launch(GUESSING + entry + "\n")
    guess(daemon)
    only_alert(daemon)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("allowRemote('192.0.2.300')", "192.0.2.300"),
        ("allowCountry('Germany')", "Germany"),
        ("allowAsn('x')", "x"),
        ("allowLogin('')", "login"),
        ("allowRemote('192.0.2.1', { reasn = 'x' })", 'no "reasn"'),
        ("allowRemote('192.0.2.1', { expires = 'soon' })", "expires"),
    ],
)
def test_wrong_entries_are_errors_of_the_configuration(tmp_path, entry, reason):
    assert reason in refused(tmp_path, entry)


def test_the_allow_list_over_rest_is_kept(launch):
    daemon = launch(GUESSING)
    status, made = ask_json(
        daemon, "POST", "allowances", {"what": "remote", "value": "192.0.2.0/24", "reason": "ours", "until": "2099-01-01"}
    )
    assert status == 200 and made["by"] == "api"
    restart(daemon, signal.SIGKILL)
    status, listed = ask_json(daemon, "GET", "allowances")
    assert status == 200 and listed["allowances"] == [made]
    guess(daemon)
    assert alerts(daemon) == []
    assert ask_json(daemon, "DELETE", "allowances/" + made["id"])[0] == 200
    guess(daemon, 20, 25)
    only_alert(daemon)
    for body, reason in [
        ({"what": "planet", "value": "x"}, "remote, login, asn, country"),
        ({"value": "x"}, "what is missing"),
        ({"what": "remote", "value": "x"}, "x"),
        ({"what": "remote", "value": "192.0.2.1", "why": "y"}, 'no "why"'),
    ]:
        status, answer = ask_json(daemon, "POST", "allowances", body)
        assert status == 400 and reason in answer["reason"], answer


def test_the_end_of_an_allowance_over_rest(launch):
    daemon = launch(GUESSING)
    for until, wanted in [("30d", time.time() + 30 * 86400), (4e9, 4e9), ("2099-01-01", 4070908800)]:
        entry = {"what": "login", "value": "ann", "reason": "a test", "until": until}
        assert abs(ask_json(daemon, "POST", "allowances", entry)[1]["until"] - wanted) < 60
    for until, reason in [("now", "in the future"), (1e9, "in the future"), ("soon", "soon"), (True, '"30d"')]:
        status, answer = ask_json(daemon, "POST", "allowances", {"what": "login", "value": "ann", "until": until})
        assert status == 400 and reason in answer["reason"], answer


def test_the_allow_list_on_the_console(launch):
    daemon = launch(GUESSING)
    assert "Allowed as" in daemon.console("allowLogin('ann', { reason = 'a test', expires = '30d' })")
    shown = daemon.console("showAllowed()")
    assert "ann" in shown and "console: a test" in shown
    guess(daemon)
    assert alerts(daemon) == []
    daemon.console(f'disallow("{shown.split()[0]}")')
    assert "Nothing is allowed" in daemon.console("showAllowed()")


def test_the_policy_sees_findings_and_raises_alerts(launch):
    daemon = launch(
        GUESSING
        + """
setReport(function(lt)
  for _, finding in ipairs(lt.findings) do
    local guesses = finding.goes_on and "more" or finding.evidence.guesses.seen
    infoLog("found " .. finding.rule .. " " .. finding.mode .. " " .. guesses, {})
  end
  if lt.login == "bob" then
    raiseAlert{ rule = "my_rule", severity = "high", key = lt.login, message = "Bob is here", t = lt.t,
                evidence = { country = "DE", speed = { seen = 12, usual = "none", threshold = 10 } } }
  end
end)
"""
    )
    guess(daemon)
    daemon.wait_for_line('found brute_force live 10')
    remember(daemon, "bob")
    daemon.wait_for_line("Alert: Bob is here")
    alert = only_alert(daemon, "?rule=my_rule")
    assert alert["key"] == "login:bob" and alert["severity"] == "high"
    assert alert["evidence"]["speed"] == {"seen": 12, "usual": "none", "threshold": 10, "over": 1.2}
    assert alert["evidence"]["country"] == {"seen": "DE"}
    remember(daemon, "bob")
    eventually(lambda: only_alert(daemon, "?rule=my_rule")["count"] == 2, 10, "the second one")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("rule = 'r', key = 'k', message = 'm'", "severity must be one of"),
        ("rule = 'r', key = 'k', message = 'm', severity = 'huge'", "severity must be one of"),
        ("rule = 'No!', key = 'k', message = 'm', severity = 'low'", "rule must be"),
        ("rule = 'r', message = 'm', severity = 'low'", "key is missing"),
        ("rule = 'r', key = 'k', severity = 'low'", "message is missing"),
        ("rule = 'r', key = 'k', message = 'm', severity = 'low', color = 'red'", 'there is no "color"'),
        ("rule = 'r', key = 'k', message = 'm', severity = 'low', evidence = { a = {} }", 'a has no "seen"'),
        ("rule = 'r', key = 'k', message = 'm', severity = 'low', sources = 'x'", "sources must be a list"),
    ],
)
def test_a_wrong_alert_is_an_error_of_the_policy(launch, fields, reason):
    daemon = launch(
        GUESSING + "setReport(function(lt) raiseAlert{ " + fields + " } end)\n"
    )
    remember(daemon, "bob")
    daemon.wait_for_line(reason)
    assert alerts(daemon) == []


def test_the_policy_sees_the_risk_and_what_it_is_made_of(launch):
    daemon = launch(
        GUESSING
        + """
setReport(function(lt)
  local protocol = lt.risk_parts.protocol or 0
  infoLog(string.format("%s risk %.3f protocol %.3f", lt.session_id, lt.risk, protocol), {})
end)
"""
    )
    for number in range(5):
        remember(daemon, "ann", protocol="imap", session_id="usual")
        remember(daemon, "bob", f"198.51.100.{number}", protocol="smtp", session_id="other")
    assert float(daemon.wait_for_line(r"usual risk (-?[\d.]+) protocol 0.000")[1]) == 0, "nothing was known of her"
    remember(daemon, "ann", "203.0.113.7", protocol="smtp", session_id="odd")
    risk, protocol = map(float, daemon.wait_for_line(r"odd risk (-?[\d.]+) protocol (-?[\d.]+)").groups())
    assert risk > protocol > 0.5, "another protocol in another network"
    remember(daemon, "ann", protocol="imap", session_id="again")
    assert float(daemon.wait_for_line(r"again risk (-?[\d.]+)")[1]) < risk


def test_an_erased_login_leaves_the_alerts(launch):
    daemon = launch(GUESSING)
    guess(daemon)
    guess(daemon, login="bob", remote="192.0.2.1")
    assert set(only_alert(daemon)["logins"]) == {"ann", "bob"}
    assert ask_json(daemon, "DELETE", "logins/ann")[0] == 200
    assert only_alert(daemon)["logins"] == ["bob"]
    restart(daemon)
    assert only_alert(daemon)["logins"] == ["bob"]


def test_a_store_that_is_damaged_stops_the_start(launch):
    daemon = launch(GUESSING)
    guess(daemon)
    daemon.stop()
    (daemon.directory / "history" / "alerts.db").write_bytes(b"no database at all" * 1000)
    assert daemon.start().wait_exit() == 1
    assert "alerts.db" in daemon.transcript()
