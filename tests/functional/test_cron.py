# SPDX-License-Identifier: Apache-2.0
"""Which cron expressions and intervals are accepted; when they come due is the unit tests' business."""

import json
import re

import pytest

import differences
from harness import captures
from harness.captures import CONSOLE_KEY
from harness.daemon import BASE
from harness.wire_console import ConsoleConnection

CASES = dict(captures.load("cron.json"))

ACCEPTED = [
    "1-5 * * * *",
    "1,2,59 * * * *",
    "0-59/7 * * * *",
    "*/15 9-17 * * 1-5",
    "* * * * 5-7",
    "* * * jan,MAR-may *",
    "* * * * sun",
    "0 0 1,15 * mon",
    "0 0 29 2 *",
    "0 0 29 2 1",
    "@hourly",
    "@weekly",
    "@monthly",
    "@yearly",
]
REFUSED = [
    "5-1 * * * *",
    "1-60 * * * *",
    "*/0 * * * *",
    "*/x * * * *",
    ", * * * *",
    "1, * * * *",
    "1- * * * *",
    "-5 * * * *",
    "1--5 * * * *",
    "* * * * 8",
    "* * * * monday2",
    "* * * foo *",
    "* * 30 2 *",
    "* * 31 4,6,9,11 *",
    "@never",
    "1.5 * * * *",
    "99999999999999999999 * * * *",
    "* * * * * extra",
    "\u0661 * * * *",
]


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(BASE + 'setBackground("bg", function() end)\n')


@pytest.fixture(scope="module")
def console(daemon):
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        yield connection


def schedule(console, expression):
    return console.run(f'cronScheduleBackgroundFunc({json.dumps(expression, ensure_ascii=False)}, "bg")')


def check(console, expression, accepted):
    answer = schedule(console, expression)
    if accepted:
        assert answer == ""
    else:
        assert answer.startswith("Error: ")
        assert expression in answer
        assert re.search("malformed cron string|cron out of range|never", answer)


@pytest.mark.parametrize("expression", CASES)
def test_captured_expression(console, expression):
    difference = differences.CRON.get(expression)
    check(console, expression, difference[1] if difference else CASES[expression] == "")


@pytest.mark.parametrize("expression", [e for e, captured in CASES.items() if captured.startswith("Caught")])
def test_captured_reason(console, expression):
    """The words of the original, where it had any."""
    captured = CASES[expression].removeprefix("Caught exception: ")
    if captured == "stoi" or expression in differences.CRON or "-1" in expression:
        pytest.skip("not an error any more, or one with better words")
    assert captured.strip() in schedule(console, expression)


@pytest.mark.parametrize("expression", ACCEPTED)
def test_accepted(console, expression):
    check(console, expression, True)


@pytest.mark.parametrize("expression", REFUSED)
def test_refused(console, expression):
    check(console, expression, False)


@pytest.mark.parametrize("interval", ["24", "1:30", "00:00:01", "100:00:00"])
def test_intervals(console, interval):
    assert console.run(f'intervalScheduleBackgroundFunc("{interval}", "bg")') == ""


@pytest.mark.parametrize("interval", ["", ":30", "-1", "+1", "5:1", "1:2:3", "1.5", "1e3", "5 6", "x"])
def test_bad_intervals(console, interval):
    answer = console.run(f'intervalScheduleBackgroundFunc("{interval}", "bg")')
    assert answer.startswith("Error: ")
    assert f"Cannot parse duration string: {interval}" in answer


def test_an_unknown_name_is_no_error(daemon):
    assert daemon.console('cronScheduleBackgroundFunc("* * * * *", "nosuch")') == ""
    assert daemon.console('intervalScheduleBackgroundFunc("1", "nosuch")') == ""
