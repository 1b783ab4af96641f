# SPDX-License-Identifier: Apache-2.0
"""Reports on their way into the history: written before they are answered, or refused."""

import resource

import pytest

from harness.daemon import ANSWER_WHEN_DONE, BASE
from harness.history import HISTORY, REMEMBERING, query, remember, total
from harness.waiting import eventually
from harness.wire_http import request

REPORT_LINE = "setReport(function(lt) infoLog('judged '..lt.login, {}) end)\n"


def test_what_was_answered_can_be_asked_for_at_once(launch):
    daemon = launch(REMEMBERING + REPORT_LINE)
    for number in range(50):
        remember(daemon, f"user{number}", success=False)
        assert total(daemon) == number + 1
    daemon.wait_for_line("^judged user49$")
    assert daemon.console("stats()") == "50 reports\n"


def test_every_field_comes_back(launch):
    daemon = launch(REMEMBERING)
    fields = {
        "login": "änn@example.com",
        "remote": "2001:db8::7",
        "success": False,
        "pwhash": "1a2b",
        "t": 1790000000.25,
        "protocol": "imap",
        "tls": True,
        "policy_reject": True,
        "fail_type": "credentials",
        "device_id": '("name" "Thunderbird" "version" "115")',
        "session_id": "s1",
        "attrs": {"cos": "basic", "groups": ["a", "b"]},
    }
    assert daemon.report(**fields).status == 200
    (event,) = query(daemon, events={"limit": 5})["events"]
    for name, value in fields.items():
        assert event[name] == value, name


def test_many_connections_at_once(launch):
    daemon = launch(REMEMBERING)
    connections = [daemon.connect() for _ in range(30)]
    for turn in range(10):
        for number, connection in enumerate(connections):
            body = b'{"login":"user%d","pwhash":"%d"}' % (number, turn)
            connection.send(request("POST", "/?command=report", body))
        for connection in connections:
            assert connection.read().status == 200
    for connection in connections:
        connection.close()
    assert total(daemon) == 300
    events = query(daemon, filter={"login": "user7"}, events={"limit": 20})["events"]
    assert [event["pwhash"] for event in events] == [str(turn) for turn in reversed(range(10))], "in order"


def test_done_answers_after_the_function(launch):
    daemon = launch(REMEMBERING + ANSWER_WHEN_DONE + REPORT_LINE)
    remember(daemon, "ann")
    assert "judged ann" in daemon.messages()


def test_the_function_sees_its_own_report(launch):
    """By the time it runs the report is counted."""
    config = REMEMBERING + "setReport(function(lt) infoLog('seen '..history{ login = lt.login }:count(), {}) end)\n"
    daemon = launch(config)
    remember(daemon, "ann")
    daemon.wait_for_line("^seen 1$")


@pytest.fixture
def full_disk(launch):
    """A daemon whose files may not grow, as if the disk were full; calling room() ends that."""
    # What RocksDB needs to open fits, and little more: its first file is made of what follows.
    daemon = launch(BASE + HISTORY + REPORT_LINE)
    pid = daemon.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))

    def room():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    yield daemon, room


def test_a_full_disk_refuses_and_recovers(full_disk):
    daemon, room = full_disk
    refused = 0
    for _ in range(5):
        answer = daemon.report(login="lost")
        assert answer.status == 503, answer
        assert answer.header("retry-after") == "1"
        assert answer.json()["status"] == "failure"
        refused += 1
    assert daemon.console("stats()") == "0 reports\n"
    assert daemon.metrics()['trackalert_reports_refused_total{reason="history"}'] == refused
    assert "accepting   no: " in daemon.console("showHistory()")
    lines = [line for line in daemon.messages() if line.startswith("reports are refused: ")]
    assert len(lines) == 1, "one line, not one a report"
    room()

    def accepted():
        nonlocal refused
        if daemon.report(login="kept").status == 200:
            return True
        refused += 1
        return False

    eventually(accepted, 20)
    daemon.wait_for_line(f"^reports are accepted again, {refused} were refused$")
    assert total(daemon, login="kept") == 1
    assert total(daemon, login="lost") == 0, "nothing half done"
    daemon.wait_for_line("^judged kept$")
    assert "judged lost" not in daemon.messages()
