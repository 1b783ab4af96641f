# SPDX-License-Identifier: Apache-2.0
"""What the console shows of the history and does to it."""

import json
import re

import pytest

from harness import captures
from harness.daemon import Daemon
from harness.history import REMEMBERING, remember, total
from harness.wire_console import ConsoleConnection


@pytest.fixture(scope="module")
def daemon(launch_shared):
    daemon = launch_shared(REMEMBERING)
    for number in range(5):
        remember(daemon, f"victim{number}", "198.51.100.66", False)
    remember(daemon, "ann\x1b[31m", "192.0.2.1", protocol="imap")
    return daemon


def test_show_history(daemon):
    shown = dict(re.findall(r"^(\w+) +(.*)$", daemon.console("showHistory()"), re.M))
    assert set(shown) == {"directory", "reports", "oldest", "newest", "disk", "memory", "accepting"}
    assert (shown["directory"], shown["reports"], shown["accepting"]) == ("history", "6", "yes")


def test_show_login(daemon):
    shown = daemon.console('showLogin("victim1")')
    assert re.search(r"^24h +0 +1 ", shown, re.M), shown
    assert "198.51.100.66" in shown
    assert daemon.console('showLogin("nobody")') == "login       nobody\nNever seen.\n"


def test_show_remote(daemon):
    shown = daemon.console('showRemote("198.51.100.66")')
    assert re.search(r"^1h +0 +5 +5 +5 ", shown, re.M), shown
    assert "victim4" in shown
    assert "victim4" in daemon.console('showRemote("198.51.100.0/24")')
    assert 'takes an address or a network, not "x"' in daemon.console('showRemote("x")')


def test_nothing_reaches_the_terminal_as_a_command(daemon):
    for command in ('showRemote("192.0.2.1")', 'showLogin("ann\\27[31m")'):
        shown = daemon.console(command)
        assert "\x1b" not in shown
        assert r"ann\x1b[31m" in shown


def test_programs_ask_in_json(daemon):
    answer = json.loads(daemon.console("""return historyQuery('{"count":{}}')"""))
    assert answer["count"] == {"successes": 1, "failures": 5, "total": 6}
    assert "Error: " in daemon.console("return historyQuery('{}')")


def test_answers_fit_into_a_frame(launch):
    daemon = launch(REMEMBERING)
    for number in range(150):
        remember(daemon, "x" * 500, pwhash=str(number))
    answer = json.loads(daemon.console("""return historyQuery('{"events":{"limit":150}}')"""))
    seen = answer["events"]
    assert 0 < len(seen) < 150
    while "cursor" in answer:
        question = json.dumps({"events": {"limit": 150, "cursor": answer["cursor"]}})
        answer = json.loads(daemon.console(f"return historyQuery('{question}')"))
        seen += answer["events"]
    assert [event["pwhash"] for event in seen] == [str(number) for number in reversed(range(150))]


def test_erase(launch):
    daemon = launch(REMEMBERING)
    for _ in range(3):
        remember(daemon, "ann")
    remember(daemon, "bob")
    assert daemon.console('eraseLogin("ann")') == "3 reports erased\n"
    assert daemon.console('eraseLogin("ann")') == "0 reports erased\n"
    assert total(daemon) == 1
    daemon.stop()
    again = Daemon(daemon.directory, REMEMBERING).start().wait_ready()
    try:
        assert total(again, login="ann") == 0
    finally:
        again.stop()


def test_a_backup_is_a_history(launch, tmp_path):
    daemon = launch(REMEMBERING)
    remember(daemon, "before")
    copy = tmp_path / "copy"
    assert daemon.console(f'backupHistory("{copy}")') == f"The history was copied to {copy}\n"
    remember(daemon, "after")
    assert "Error: " in daemon.console(f'backupHistory("{copy}")'), "it must not exist"
    other = launch(REMEMBERING.replace('setHistoryDir("history")', f'setHistoryDir("{copy}")'))
    assert total(other, login="before") == 1
    assert total(other, login="after") == 0


def test_it_is_answered_while_the_workers_are_busy(launch):
    """showHistory() only reads."""
    daemon = launch(REMEMBERING + 'setNumReportThreads(1)\nsetReport(function() infoLog("busy", {}) while true do end end)\n')
    remember(daemon, "ann")
    daemon.wait_for_line("^busy$")
    with ConsoleConnection(daemon.control, captures.CONSOLE_KEY, timeout=5) as console:
        assert "reports     1\n" in console.run("showHistory()")
