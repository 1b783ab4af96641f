# SPDX-License-Identifier: Apache-2.0
"""Custom endpoints: results, errors, names."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import differences
from harness import captures
from harness.daemon import BASE, EVALUATE
from harness.wire_http import request

# The functions behind the captures, each on the line of its name's endpoint.
CONFIG = BASE + EVALUATE + r'''
setCustomEndpoint("c_noret", function() end)
setCustomEndpoint("c_true", function() return true end)
setCustomEndpoint("c_false", function() return false, {} end)
setCustomEndpoint("c_nontable", function() return true, "x" end)
setCustomEndpoint("c_nonbool", function() return "x", {} end)
setCustomEndpoint("c_numvals", function() return true, { a=1, b=1.5, c="s", big=1e20, [5]="idx" } end)
setCustomEndpoint("c_boolval", function() return true, { a=true } end)
setCustomEndpoint("c_tabval", function() return true, { a={} } end)
setCustomEndpoint("c_arr", function() return true, { "x", "y" } end)
setCustomEndpoint("c_nil", function() return nil, {} end)
setCustomEndpoint("c_extra", function() return true, { a="b" }, 5, "x" end)
setCustomEndpoint("c_err", function() error('a "quoted" error') end)
setCustomEndpoint("c_errtab", function() error({}) end)
setCustomEndpoint("c_errnil", function() error(nil) end)
setCustomEndpoint("c_errcb", function() newCA() end)
setCustomEndpoint("c_nmgerr", function() newNetmaskGroup():addMask("garbage") end)
setCustomEndpoint("c_json", function() return true, { q='a"b\\c\n\t\1', u="\195\169", bad="\255" } end)
setCustomEndpoint("c args", function() return true, { a="space" } end)
setCustomEndpoint("a.c", function() return true, { a="regex" } end)
setCustomEndpoint("custom", function() return true, { attrs="" } end)
setCustomEndpoint("custom", function() return true, { attrs="second" } end)
setCustomEndpoint("echo", function(args)
  local r = {}
  for k, v in pairs(args.attrs) do r["a_"..k] = v end
  for k, v in pairs(args.attrs_mv) do r["mv_"..k] = table.concat(v, "|") end
  return true, r
end)
'''

CASES = {case["name"]: case for case in captures.load("http-custom.json")}


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(CONFIG)


def comparable(reason):
    """Without the line in the configuration, and without mangled C++ types."""
    reason = re.sub(r"(\[string \"chunk\"\]|[\w.-]+\.conf):\d+", "CONFIG", reason)
    return captures.readable(reason)


@pytest.mark.parametrize("name", CASES)
def test_captured_call(daemon, name):
    case = CASES[name]
    mark = daemon.mark()
    answer = daemon.ask(captures.whole_request(case["request"]))
    assert answer.header("content-type") == "application/json; charset=utf-8"
    difference = differences.HTTP_CUSTOM.get(name)
    captured_status = int(case["response"][9:12])
    captured_body = case["response"].split("\r\n\r\n", 1)[1].encode("latin-1")
    if difference:
        assert answer.status in difference.status
        if difference.body is not None:
            assert answer.body == difference.body
        if difference.reason is not None:
            assert re.search(difference.reason, answer.json()["reason"])
        return
    assert answer.status == captured_status
    if captured_status != 500:
        assert answer.body == captured_body
        return
    check_failure(daemon, answer, captured_body, name, mark)


def check_failure(daemon, answer, captured_body, name, mark):
    captured = re.fullmatch(rb'\{"success":false, "reason":"(.*)"\}', captured_body, re.DOTALL)[1].decode("latin-1")
    body = answer.json()
    assert body["success"] is False
    if captured.startswith("Trying to cast"):  # "... from "nil" to MANGLED": say at least what came
        assert re.search(r"from \"(\w+)\"", captured)[1] in body["reason"]
    else:
        assert comparable(body["reason"]) == comparable(captured)
    daemon.wait_for_line(rf"^(Lua custom function|Exception in command) \[{name}\] exception: ", since=mark)


def test_a_lone_true_is_consistent(daemon):
    """Either as good as `true, {}`, or an error."""
    answer = daemon.post("/command/c_true")
    if answer.status == 200:
        assert answer.body == b'{"r_attrs": {}, "success": true}'
    else:
        assert answer.json()["success"] is False


@pytest.mark.parametrize("spelling", ["/command/{}", "/?command={}"])
def test_a_name_is_no_pattern(daemon, spelling):
    assert daemon.post(spelling.format("a.c")).status == 200
    assert daemon.post(spelling.format("abc")).status == 404
    assert daemon.post(spelling.format("c_.*")).status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_reaches_the_function(daemon, method):
    assert daemon.ask(request(method, "/command/custom", b"{}")).status in (404, 405)


def test_no_function_without_the_password(daemon):
    for target in ("/command/custom", "/?command=custom"):
        assert daemon.post(target, auth=None).status == 401


def test_the_function_sees_what_was_sent(daemon):
    sent = {"attrs": {"s": "\x00\x01\u00e9\u2028", "empty": "", "list": ["a", ""], "none": []}}
    answer = daemon.post("/command/echo", sent)
    assert answer.json()["r_attrs"] == {"a_s": "\x00\x01\u00e9\u2028", "a_empty": "", "mv_list": "a|", "mv_none": ""}


def test_calls_are_counted_even_if_they_fail(daemon):
    before = daemon.metrics()
    daemon.post("/command/c_arr")
    daemon.post("/?command=c_arr")
    daemon.post("/command/c_err")
    daemon.post("/command/c_err", b"{")
    after = daemon.metrics()
    for name in ("c_arr", "c_err"):
        sample = f'trackalert_commands_total{{cmd="{name}"}}'
        assert after[sample] - before[sample] == 2


@pytest.mark.parametrize("spelling", ["/command/{}", "/?command={}"])
def test_registration_from_the_console(launch, spelling):
    daemon = launch(BASE)
    target = spelling.format("late")
    assert daemon.post(target).status == 404
    assert daemon.console('setCustomEndpoint("late", function() return true, { when="late" } end)') == ""
    answer = daemon.post(target)
    assert (answer.status, answer.body) == (200, b'{"r_attrs": {"when": "late"}, "success": true}')


def test_a_built_in_name_is_the_same_in_both_spellings(launch):
    daemon = launch(BASE + 'setCustomEndpoint("report", function() return true, { mine="1" } end)\n', wait=False)
    daemon.wait_for_line("Starting webserver")
    daemon.wait_ready()
    answers = [daemon.post(target, {"login": "x"}).body for target in ("/command/report", "/?command=report")]
    assert answers[0] == answers[1]
    assert json.loads(answers[0])


def test_a_state_is_used_by_one_call_at_a_time(launch):
    """Parallel calls never see each other's locals, and each state's globals are its own."""
    daemon = launch(
        BASE
        + """
setNumWorkerThreads(8)
busy = false
setCustomEndpoint("alone", function(args)
  if busy then return false, {} end
  busy = true
  local stop = os.clock() + 0.005
  while os.clock() < stop do end
  busy = false
  return true, { a = args.attrs.a }
end)
"""
    )
    def call(number):
        return daemon.post("/command/alone", {"attrs": {"a": str(number)}}).json()

    with ThreadPoolExecutor(16) as pool:
        for number, answer in enumerate(pool.map(call, range(160))):
            assert answer == {"r_attrs": {"a": str(number)}, "success": True}
