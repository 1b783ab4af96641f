# SPDX-License-Identifier: Apache-2.0
"""What the report function sees of each captured body, and of a few more."""

import json
import re
import time

import pytest

import differences
from harness import captures
from harness.daemon import ANSWER_WHEN_DONE, main_conf
from harness.gate import Gate
from harness.wire_http import request

CASES = captures.load("logintuple.json")


def name_of(case):
    return str(case["request_body"]["login"])[:12]


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(ANSWER_WHEN_DONE + main_conf())


def post(daemon, case):
    """Bodies go out as JSON of plain UTF-8."""
    return daemon.post("/?command=report", json.dumps(case["request_body"], ensure_ascii=False).encode())


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_captured_report(daemon, case):
    login = case["request_body"]["login"]
    refused = differences.REPORTS_REFUSED.get(login if isinstance(login, str) else None)
    mark, before = daemon.mark(), time.time()
    answer = post(daemon, case)
    if refused:
        assert answer.status == 400
        assert refused in answer.json()["reason"]
        return
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    captured = case["log"][0].encode("latin-1").decode("utf-8")
    if captured.startswith("Lua function"):
        check_error(daemon, captured, mark)
        return
    seen = daemon.wait_for_line("^REPORT: .*", since=mark)[0]
    check_tuple(seen, captured, before, login)


def check_error(daemon, captured, mark):
    reason = captured.split(": ", 2)[2]
    daemon.wait_for_line(
        r"^Lua function \[report\] exception: (\[string \"chunk\"\]|\S+\.conf):\d+: " + re.escape(reason) + "$", since=mark
    )


def check_tuple(seen, captured, before, login):
    if "t=0 " in captured:
        at = float(re.search(r"t=(\S+) ", seen)[1])
        assert before - 1 <= at <= time.time() + 1, "a report without a time happened now"
        seen = re.sub(r"t=\S+ ", "t=0 ", seen, count=1)
    parsed = differences.REPORTS_DEVICE_PARSED.get(login)
    allowed = [captured]
    if parsed:
        allowed.append(captured.replace("device_attrs={}", f"device_attrs={{{parsed}}}"))
    assert seen in allowed


@pytest.mark.parametrize("t", [0, 0.0, "5", None, True])
def test_a_time_that_is_none_is_now(daemon, t):
    mark, before = daemon.mark(), time.time()
    assert daemon.report(login="now", t=t).status == 200
    seen = float(daemon.wait_for_line(r"REPORT: s=\"t=(\S+) login=now", since=mark)[1])
    assert before - 1 <= seen <= time.time() + 1


def test_equal_names_the_last_wins(daemon):
    mark = daemon.mark()
    body = b'{"login":"first","login":"last","attrs":{"a":"1","a":["2"]},"attrs":{"b":"3","b":"4"}}'
    assert daemon.post("/?command=report", body).status == 200
    daemon.wait_for_line(r"login=last .* attrs=\{b=4\} attrs_mv=\{\}", since=mark)


def test_bytes_of_a_login_pass_unchanged(daemon):
    """Invalid UTF-8 and lone surrogates are the login's business; control characters do not break the log."""
    mark = daemon.mark()
    assert daemon.post("/?command=report", b'{"login":"\xff\xfe\\ud83d\\u0000\\n|"}').status == 200
    seen = daemon.wait_for_line("^REPORT: .* login=(.*) pwhash=", since=mark)[1].encode("utf-8", "surrogateescape")
    assert seen.startswith(b"\xff\xfe\xed\xa0\xbd")
    assert seen.endswith(b"|")
    assert b"\0" not in seen


def test_reports_of_both_spellings_count(daemon):
    before = daemon.get("/?command=stats").json()["reports"]
    for target in ("/?command=report", "/command/report", "/Command/Report", "/?x=1&command=rep%6Frt"):
        assert daemon.post(target, {"login": "x"}).status == 200
    assert daemon.get("/?command=stats").json()["reports"] == before + 4
    assert daemon.console("stats()") == f"{before + 4} reports\n"


def test_a_lua_error_is_counted(daemon):
    before = daemon.metrics()
    daemon.report(login="errstring")
    after = daemon.metrics()
    assert any(after[name] == before.get(name, 0) + 1 for name in after if "error" in name or "fail" in name)


def test_the_answer_does_not_wait_for_the_function_by_default(launch, tmp_path):
    gate = Gate(tmp_path)
    daemon = launch(main_conf() + f'setReport(function() {gate.lua} infoLog("report function ended", {{}}) end)\n')
    answer = daemon.report(login="x")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    assert not any("report function ended" in line for line in daemon.messages())
    gate.open()
    daemon.wait_for_line("^report function ended$")


def test_done_waits_for_the_function(launch, tmp_path):
    gate = Gate(tmp_path)
    daemon = launch(ANSWER_WHEN_DONE + main_conf() + f"setReport(function() {gate.lua} end)\n")
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", b'{"login":"x"}'))
        assert connection.silent()
        gate.open()
        assert connection.read().body == b'{"status":"ok"}'


def test_the_last_set_report_wins_even_at_run_time(launch):
    daemon = launch(ANSWER_WHEN_DONE + main_conf())
    assert daemon.console('setReport(function(lt) infoLog("second", {l=lt.login}) end)') == ""
    for number in range(20):
        mark = daemon.mark()
        assert daemon.report(login=f"n{number}").status == 200
        daemon.wait_for_line(f'^second: l="n{number}" $', since=mark)
