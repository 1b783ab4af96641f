# SPDX-License-Identifier: Apache-2.0
"""Lua that runs away: ended by time or memory, logged, counted, and nobody else suffers."""

import threading
import time

import pytest

from harness.daemon import BASE, EVALUATE
from harness.waiting import patient
from harness.wire_http import request

CONFIG = BASE + EVALUATE + "setLuaTimeoutSecs(1)\nsetLuaMemoryLimitMB(64)\n"

LOOPS = {
    "plain": "while true do end",
    "compiled": "jit.on() local x = 0 while true do x = x + 1 end",
    "compiled for this function": "local function f() local x = 0 while true do x = x + 1 end end jit.on(f) f()",
    "optimised": 'jit.on() jit.opt.start("hotloop=1") for i = 1, math.huge do end',
    "caught": "while true do pcall(function() while true do end end) end",
    "caught with a handler": "while true do xpcall(function() while true do end end, function() end) end",
    "caught and compiled": "jit.on() while true do pcall(function() local x = 0 while true do x = x + 1 end end) end",
    "in a coroutine": "coroutine.wrap(function() while true do end end)()",
    "coroutines without end": "while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end",
    "without the hook": "debug.sethook() while true do end",
    "tail calls": "local function f() return f() end return f()",
    "in a metamethod": "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
    "in a comparison": "table.sort({3, 1, 2, 5, 4}, function() while true do end end)",
    "in a substitution": "string.gsub('aaa', 'a', function() while true do end end)",
}

HOGS = {
    "strings": "local t = {} while true do t[#t + 1] = string.rep('x', 100000) .. #t end",
    "tables": "local t = {} while true do t = { t, {}, {} } end",
    "one huge string": "return #string.rep('x', 1000000000)",
    "doubling": "local s = 'x' while true do s = s .. s end",
    "caught": "local t = {} while true do pcall(function() while true do t[#t + 1] = ('y'):rep(1000000) .. #t end end) end",
}


def raw_call(daemon, code, timeout=10):
    """Runs `code` without the pcall of "ev"."""
    return daemon.post("/command/raw", {"attrs": {"code": code}}, timeout=timeout)


@pytest.fixture(scope="module")
def raw_daemon(launch_shared):
    return launch_shared(
        CONFIG + 'setCustomEndpoint("raw", function(args) assert(loadstring(args.attrs.code))() return true, {} end)\n'
    )


def check_alive(daemon):
    for _ in range(8):  # every worker
        assert daemon.evaluate("return 6 * 7", timeout=10) == (True, "42")


@pytest.mark.parametrize("kind", LOOPS)
def test_an_endless_loop_is_ended(raw_daemon, kind):
    mark = raw_daemon.mark()
    begin = time.monotonic()
    answer = raw_call(raw_daemon, LOOPS[kind])
    assert time.monotonic() - begin < patient(6)
    assert answer.status == 504
    body = answer.json()
    assert body["success"] is False and body["reason"]
    raw_daemon.wait_for_line(r"\[raw\]", since=mark)
    check_alive(raw_daemon)


@pytest.mark.parametrize("kind", HOGS)
def test_a_memory_hog_is_ended(raw_daemon, kind):
    before = raw_daemon.resident_mb()
    answer = raw_call(raw_daemon, HOGS[kind], timeout=20)
    assert answer.status in (500, 504)
    assert answer.json()["success"] is False
    if answer.status == 500:
        assert "memory" in answer.json()["reason"]
    check_alive(raw_daemon)
    assert raw_daemon.resident_mb() - before < 64 * 8 + 200, "bounded per state"


@pytest.mark.parametrize(
    "report",
    [
        "while true do kept = { kept } end",  # full to the last byte, and for good
        "for i = 1, 20 do getmetatable(newproxy(true)).__gc = function() error('not enough memory') end end",
    ],
)
def test_lua_that_fails_between_calls_does_not_end_the_daemon(launch, report):
    """Handing a report to Lua takes memory too, and may set off the collector and a script's finalisers."""
    daemon = launch(BASE + f"setLuaMemoryLimitMB(8)\nsetNumReportThreads(1)\nsetReport(function(lt) {report} end)\n")
    with daemon.connect() as connection:
        for number in range(300):
            body = b'{"login":"%d"}' % number
            assert connection.ask(request("POST", "/command/report", body)).status == 200
    daemon.wait_for_line("^Lua function .report. exception: .*not enough memory")
    daemon.stop()


@pytest.mark.parametrize(
    "code",
    ["local function f() return 1 + f() end return f()", "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x"],
)
def test_recursion_is_ended(raw_daemon, code):
    answer = raw_call(raw_daemon, code)
    assert answer.status == 500
    assert answer.json()["success"] is False
    check_alive(raw_daemon)


def test_others_go_on_meanwhile(raw_daemon):
    """A loop in one worker, short calls in the others."""
    loop = threading.Thread(target=raw_call, args=(raw_daemon, LOOPS["plain"]))
    loop.start()
    answered = 0
    while loop.is_alive():
        assert raw_daemon.evaluate("return 5") == (True, "5")
        answered += 1
    loop.join()
    assert answered > 20


def test_an_endless_report_function(launch):
    limit = f"setLuaTimeoutSecs({int(patient(3))})\n"
    report = 'setReport(function(lt) if lt.login == "loop" then while true do end end infoLog("judged", {}) end)\n'
    daemon = launch(CONFIG + limit + report)
    before = daemon.metrics()
    assert daemon.report(login="loop").status == 200
    assert daemon.report(login="next").status == 200
    daemon.wait_for_line("^judged$")  # by another worker, while the first one still loops
    mark = daemon.mark()
    daemon.wait_for_line(r"(Lua function|Exception in command) \[report\] exception: ", since=mark)
    after = daemon.metrics()
    grown = [name for name in after if after[name] > before.get(name, 0) and ("timeout" in name or "error" in name)]
    assert grown, "counted"


def test_an_endless_report_function_answered_when_done(launch):
    """The report was taken; what the policy makes of it is not the client's fault."""
    daemon = launch(CONFIG + 'setReportAnswer("done")\nsetReport(function() while true do end end)\n')
    answer = daemon.report(login="loop")
    assert answer.status == 200
    daemon.wait_for_line(r"\[report\] exception: ")


def test_an_endless_background_function(launch):
    config = """
setBackground("loop", function() infoLog("looping", {}) while true do end end)
setBackground("good", function() infoLog("good run", {}) end)
intervalScheduleBackgroundFunc("00:00:01", "loop")
intervalScheduleBackgroundFunc("00:00:01", "good")
"""
    daemon = launch(CONFIG + "setNumSchedulerThreads(1)\n" + config)
    daemon.wait_for_line(r"background function \[loop\] exception: ")
    mark = daemon.mark()
    daemon.wait_for_line("^good run$", since=mark)
    daemon.wait_for_line("^looping$", since=mark)
    assert daemon.evaluate("return 5") == (True, "5")


def test_an_endless_console_command(launch):
    daemon = launch(CONFIG)
    assert daemon.console("while true do end").startswith("Error: ")
    assert daemon.console("return 5") == "5"


def test_an_endless_configuration(launch):
    """The limits hold while the configuration is read too, or it never ends."""
    daemon = launch("setLuaTimeoutSecs(1)\n" + BASE + "while true do end\n", wait=False)
    assert daemon.wait_exit(timeout=60) == 1


def test_a_quick_function_is_never_cut(launch):
    """The time is a call's own: it neither adds up over calls nor counts while waiting for a worker."""
    daemon = launch(CONFIG + f"setLuaTimeoutSecs({int(patient(1))})\nsetNumLuaStates(1)\nsetNumReportThreads(1)\n")
    work = "local s = os.clock() + 0.15 while os.clock() < s do end return 'done'"
    for _ in range(12):
        assert daemon.evaluate(work) == (True, "done")
    with daemon.connect(timeout=30) as connection:
        body = b'{"attrs":{"code":"%s"}}' % work.encode()
        connection.send(request("POST", "/command/ev", body) * 12)
        for _ in range(12):
            assert connection.read().json()["success"] is True
