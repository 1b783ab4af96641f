# SPDX-License-Identifier: Apache-2.0
"""Background functions: when they run, that they go on."""

import time

import pytest

from harness.daemon import ANSWER_WHEN_DONE, BASE, EVALUATE
from harness.waiting import eventually, patient


def background(name, body, interval="00:00:01"):
    return f'setBackground("{name}", function() {body} end)\nintervalScheduleBackgroundFunc("{interval}", "{name}")\n'


def times(daemon, word):
    """Of the lines `word TIME` so far, TIME as os.time() says it."""
    return [float(line.split()[1]) for line in daemon.messages() if line.startswith(word + " ")]


def test_an_interval_of_a_second(launch):
    begin = time.monotonic()
    daemon = launch(BASE + background("tick", 'infoLog("tick "..os.time(), {})'))
    eventually(lambda: len(times(daemon, "tick")) >= 3)
    assert 2.5 < time.monotonic() - begin < patient(8), "the first one interval after scheduling"


@pytest.mark.alone
def test_a_run_never_overlaps_itself(launch):
    body = (
        'infoLog("begin "..os.time(), {}) local s = os.clock() + 1.2 while os.clock() < s do end infoLog("end "..os.time(), {})'
    )
    daemon = launch(BASE + background("long", body))
    eventually(lambda: len(times(daemon, "begin")) >= 3, 15)
    steps = [line.split()[0] for line in daemon.messages() if line.startswith(("begin ", "end "))]
    assert steps[:5] == ["begin", "end", "begin", "end", "begin"]


def test_errors_are_logged_and_scheduling_goes_on(launch):
    daemon = launch(BASE + background("bad", 'infoLog("bad "..os.time(), {}) error("oops")') + background("worse", "error({})"))
    daemon.wait_for_line(r"^Lua background function \[bad\] exception: .*oops$")
    daemon.wait_for_line(r"background function \[worse\] exception: ")
    eventually(lambda: len(times(daemon, "bad")) >= 2)


def test_one_scheduler_thread_is_enough(launch):
    daemon = launch(BASE + "setNumSchedulerThreads(1)\n" + background("a", 'infoLog("a 1", {})') + background("b", 'infoLog("b 1", {})'))
    eventually(lambda: times(daemon, "a") and times(daemon, "b"))


@pytest.mark.parametrize("count", [0, -1])
def test_no_scheduler_threads_are_corrected_or_refused(launch, count):
    """One is the least; a silent standstill it must not be."""
    daemon = launch(BASE + f"setNumSchedulerThreads({count})\n" + background("a", 'infoLog("a 1", {})'), wait=False)
    eventually(lambda: times(daemon, "a") or not daemon.running())
    if not daemon.running():
        assert daemon.wait_exit() == 1


def test_a_zero_interval_is_no_busy_loop(launch):
    daemon = launch(BASE + EVALUATE + 'setBackground("zero", function() infoLog("zero 1", {}) end)\n')
    answer = daemon.console('intervalScheduleBackgroundFunc("00:00:00", "zero")')
    daemon.console('setBackground("clock", function() infoLog("clock 1", {}) end)')
    daemon.console('intervalScheduleBackgroundFunc("00:00:01", "clock")')
    eventually(lambda: len(times(daemon, "clock")) >= 2)
    runs = len(times(daemon, "zero"))
    if answer.startswith("Error: "):
        assert runs == 0
    else:
        assert 1 <= runs <= 4


def test_the_first_background_function_of_a_name_wins(launch):
    daemon = launch(
        BASE + 'setBackground("x", function() infoLog("first 1", {}) end)\n' + background("x", 'infoLog("second 1", {})')
    )
    eventually(lambda: times(daemon, "first"))
    assert not times(daemon, "second")


def test_scheduling_from_the_console(launch):
    daemon = launch(BASE)
    assert daemon.console('setBackground("late", function() infoLog("late 1", {}) end)') == ""
    assert daemon.console('intervalScheduleBackgroundFunc("00:00:01", "late")') == ""
    eventually(lambda: len(times(daemon, "late")) >= 2)


def test_background_functions_have_webhooks_and_stats(launch, receiver):
    daemon = launch(
        BASE
        + f'addCustomStat("runs")\naddCustomWebHook("h", {{ url="{receiver.url("/from-background")}" }})\n'
        + background("b", 'incCustomStat("runs") runCustomWebHook("h", "hello")')
    )
    (received,) = receiver.wait_for(1)
    assert (received.path, received.body) == ("/from-background", b"hello")
    assert daemon.console("showCustomStats()").startswith("runs=")


@pytest.mark.slow
def test_the_upstream_scenario(launch):
    """Two functions at every full minute, a report function writing a file, a custom endpoint that returns the login."""
    daemon = launch(
        ANSWER_WHEN_DONE
        + """
webserver("@HTTP@", "super")
setKey("Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0HE=")
controlSocket("@CONTROL@")
setBackground("one", function() infoLog("one "..os.time(), {}) end)
setBackground("two", function() infoLog("two "..os.time(), {}) end)
cronScheduleBackgroundFunc("* * * * *", "one")
cronScheduleBackgroundFunc("* * * * *", "two")
setReport(function(lt) local f = io.open("reports", "a") f:write(lt.login, "\\n") f:close() end)
setCustomEndpoint("custom", function(args) return true, { login=args.attrs.login } end)
"""
    )
    assert daemon.report(login="ahu").status == 200
    assert (daemon.directory / "reports").read_text() == "ahu\n"
    answer = daemon.post("/command/custom", {"attrs": {"login": "ahu"}})
    assert answer.body == b'{"r_attrs": {"login": "ahu"}, "success": true}'
    eventually(lambda: times(daemon, "one") and times(daemon, "two"), 62)
    for word in ("one", "two"):
        assert times(daemon, word)[0] % 60 < 2, "at the full minute"
