# SPDX-License-Identifier: Apache-2.0
"""Reports on their way into the history: written before they are answered, or refused."""

import collections
import contextlib
import pathlib
import shutil
import subprocess

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
    # A file and no line of the log, which may still be in the pipe when the answer is here.
    judge = "setReport(function(lt) local file = io.open('judged', 'w') file:write(lt.login) file:close() end)\n"
    daemon = launch(REMEMBERING + ANSWER_WHEN_DONE + judge)
    remember(daemon, "ann")
    assert (daemon.directory / "judged").read_text() == "ann"


def test_the_function_sees_its_own_report(launch):
    """By the time it runs the report is counted."""
    config = REMEMBERING + "setReport(function(lt) infoLog('seen '..history{ login = lt.login }:count(), {}) end)\n"
    daemon = launch(config)
    remember(daemon, "ann")
    daemon.wait_for_line("^seen 1$")


@pytest.fixture
def full_disk(launch, tmp_path):
    """A daemon whose history's file system is full, and how to make room on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    private = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs -o size=24m none "$0" && exec "$@"', str(disk)]
    if not shutil.which("unshare") or subprocess.run([*private, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs a mount namespace")
    config = BASE + HISTORY.replace("history", str(disk / "history")) + REPORT_LINE
    daemon = launch(config, prefix=private)
    # Its own view of the file system, from outside.
    ballast = pathlib.Path(f"/proc/{daemon.process.pid}/root{disk}/ballast")
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return daemon, ballast.unlink


def test_a_full_disk_refuses_and_recovers(full_disk):
    """The history may find some room by itself now and then, so what counts is what each report was answered."""
    daemon, make_room = full_disk
    answers = collections.Counter()

    def report(login):
        answer = daemon.report(login=login, attrs={"x": "x" * 200_000})
        answers[login, answer.status] += 1
        return answer

    while (answer := report("early")).status == 200:
        assert sum(answers.values()) < 500
    assert answer.status == 503, answer
    assert answer.header("retry-after") == "1"
    assert answer.json()["status"] == "failure"
    daemon.wait_for_line("^reports are refused: ")
    for _ in range(20):
        report("full")
    make_room()
    eventually(lambda: report("late").status == 200, 20)
    daemon.wait_for_line(r"^reports are accepted again, \d+ were refused$")
    daemon.wait_for_line("^judged late$")

    assert {status for _, status in answers} == {200, 503}
    refused = sum(count for (_, status), count in answers.items() if status == 503)
    assert daemon.metrics()['trackalert_reports_refused_total{reason="history"}'] == refused
    for login in ("early", "full", "late"):
        assert total(daemon, login=login) == answers[login, 200], "what was answered 200, and nothing half done"
    eventually(lambda: daemon.messages().count("judged full") == answers["full", 200])
    said = daemon.messages()
    begun = sum(line.startswith("reports are refused: ") for line in said)
    assert begun == sum(line.startswith("reports are accepted again, ") for line in said), "a line each, not one a report"
    told = [int(line.split()[4]) for line in said if line.startswith("reports are accepted again, ")]
    assert sum(told) == refused
