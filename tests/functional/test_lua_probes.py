# SPDX-License-Identifier: Apache-2.0
"""What Lua sees: the captured expressions in a worker, in the report function and in the global state."""

import ast
import re

import pytest

import differences
from harness import captures
from harness.daemon import ANSWER_WHEN_DONE, main_conf
from harness.waiting import eventually

CASES = captures.load("lua-probes.json")

# The report function runs the code that comes as device_id.
REPORT = r"""
setReport(function(lt)
  local f, err = loadstring("local lt=... "..lt.device_id)
  if not f then infoLog("R", { r = "false "..err }) return end
  local ok, r = pcall(f, lt)
  infoLog("R", { r = tostring(ok).." "..tostring(r) })
end)
"""


def cases(state):
    return [pytest.param(case, id=case["code"][:70]) for case in CASES if case["state"] == state]


CONFIG = ANSWER_WHEN_DONE + main_conf() + REPORT


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(CONFIG)


@pytest.fixture(scope="module")
def reporting_daemon(launch_shared):
    """Of its own: a probe in a worker sets another report function there."""
    return launch_shared(CONFIG)


def comparable(text):
    return captures.without_addresses(captures.readable(text))


def check(code, success, text, captured_success, captured_text):
    difference = differences.LUA_PROBES.get(code)
    if difference:
        _, captured_success, pattern = difference
        assert success is captured_success
        assert re.fullmatch(pattern, text, re.DOTALL), text
    else:
        assert (success, comparable(text)) == (captured_success, comparable(captured_text))


@pytest.mark.parametrize("case", cases("worker"))
def test_in_a_worker(daemon, case):
    mark = daemon.mark()
    success, text = daemon.evaluate(case["code"])
    check(case["code"], success, text, *ast.literal_eval(case["result"]))
    if "log" in case:
        check_log(daemon, case, mark)


def check_log(daemon, case, mark):
    if case["code"] in differences.LUA_PROBES_LOG:
        expected = differences.LUA_PROBES_LOG[case["code"]][1]
    else:
        expected = captures.message(case["log"])
    words = sorted(expected.split())  # the order of a table's pairs is Lua's business
    eventually(lambda: words in [sorted(line.split()) for line in daemon.messages(mark)], what=expected)


@pytest.mark.parametrize("case", cases("report"))
def test_in_the_report_function(reporting_daemon, case):
    daemon = reporting_daemon
    captured = re.fullmatch(r'R: r="(true|false) (.*)"', case["result"], re.DOTALL)
    mark = daemon.mark()
    answer = daemon.report(login="u", pwhash="p", device_id=case["code"], device_attrs={"a": "b"})
    assert answer.status == 200
    seen = daemon.wait_for_line('^R: r="(true|false) (.*)" $', since=mark)
    check(case["code"], seen[1] == "true", seen[2], captured[1] == "true", captured[2])


@pytest.mark.parametrize("case", cases("global/console"))
def test_in_the_global_state(daemon, case):
    answer = daemon.console(case["code"])
    difference = differences.LUA_PROBES.get(case["code"])
    assert answer == (difference[2] if difference else case["result"])


def test_a_report_kept_for_later_is_no_danger(daemon):
    """The tuple is lent to the function; afterwards it works as a copy, or says that it does not."""
    assert daemon.report(login="kept", device_id="kept=lt kept_attrs=lt.attrs", device_attrs={}).status == 200
    for _ in range(50):
        daemon.report(login="u", device_id="collectgarbage() if kept then return kept.login, kept_attrs.x end")
    for code in ("return kept and kept.login", "return kept and kept.remote:tostring()", "if kept then kept.login='x' end"):
        for _ in range(10):
            success, text = daemon.evaluate(code)
            assert success or isinstance(text, str)
    assert daemon.get("/livez").status == 200


@pytest.mark.parametrize(
    "code",
    [
        'newCA("1.2.3.4").tostring(newNetmask("1.2.3.4"))',
        "newCA('1.2.3.4').tostring({})",
        "newCA('1.2.3.4').tostring(io.stdout)",
        "newNetmaskGroup().match(newCA('1.2.3.4'), newCA('1.2.3.4'))",
        "getmetatable(newCA('1.2.3.4')).__gc(newCA('1.2.3.4'))",
        "local c=newCA('1.2.3.4') getmetatable(c).__gc(c) getmetatable(c).__gc(c) return c:tostring()",
    ],
)
def test_objects_mistaken_for_each_other(daemon, code):
    """An error, not a crash. (Whoever uses the debug library is on his own.)"""
    daemon.evaluate("return pcall(function() " + code + " end)")
    assert daemon.get("/livez").status == 200


def test_built_ins_are_strict_about_arity_everywhere(daemon):
    for code in ("newNetmaskGroup(1)", "setReport()", "durationToSeconds()", 'durationToSeconds("1", 2)', "showVersion(1)"):
        success, text = daemon.evaluate(code)
        assert not success and re.search(r"This function requires at (least|most) \d parameter\(s\)$", text)


def test_key_value_maps_take_strings_and_numbers_only(daemon):
    for bad in ("{a=true}", "{a={}}", "{a=print}", "{[true]=1}", "{[{}]=1}", "{a=newCA('1.1.1.1')}", "nil", "1"):
        success, text = daemon.evaluate(f'infoLog("not logged", {bad})')
        assert not success and "Unable to convert parameter from " in text
    assert not any("not logged" in line for line in daemon.messages())


@pytest.mark.parametrize(
    "code, expected",
    [
        ("return jit.version_num >= 20100", "true"),
        ("return package.path:sub(1, 8)", "./?.lua;"),
        ('return load("return 6")()', "6"),
        ("local t = {} for i = 1, 3 do if i == 2 then goto on end t[#t + 1] = i ::on:: end return #t", "2"),
        ('local p = io.popen("echo out") return p:read("*l")', "out"),
        ('return type(os.getenv("PATH"))', "string"),
        ("return bit.bxor(5, 1)", "4"),
        ("return select(2, pcall(setfenv, function() end, {})) ~= nil", "true"),
    ],
)
def test_the_language(daemon, code, expected):
    assert daemon.evaluate(code) == (True, expected)


def test_exit_statuses_of_programs(daemon):
    """SIGCHLD ignored would lose them. 5.2 and 5.1 say them differently."""
    assert daemon.evaluate("return os.execute('true')")[1] in ("true", "0")
    failed = daemon.evaluate("local a, b, c = os.execute('exit 4') return tostring(a) .. tostring(b) .. tostring(c)")
    assert failed[1] in ("nilexit4", "1024nilnil")


def test_require_finds_modules_beside_the_configuration(launch):
    daemon = launch(main_conf(), config_name="sub.conf")
    (daemon.directory / "neighbour.lua").write_text("return { answer = 42 }")
    assert daemon.evaluate('return require("neighbour").answer') == (True, "42")
