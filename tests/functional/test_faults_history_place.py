# SPDX-License-Identifier: Apache-2.0
"""The history's directory is removed, moved away or made read-only, before a start or under a running daemon."""

import os
import shutil

import pytest

from harness.commands import exported
from harness.daemon import BASE, Daemon
from harness.history import HISTORY, REMEMBERING, ask_json, remember, total
from harness.waiting import eventually

GONE = "removed or moved while it was in use"
# Root may write wherever it likes, unless this is taken from it.
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def refused(daemon):
    answer = daemon.report(login="late", success=True)
    assert answer.status in (200, 503), answer
    return answer.status == 503 and answer.json()["reason"]


def check_refusing(daemon):
    """503 with the reason, told once, shown in the metric."""
    for _ in range(20):
        assert GONE in refused(daemon)
    daemon.wait_for_metric("trackalert_history_accepting", 0)
    said = [line for line in daemon.messages() if GONE in line and "lerts" not in line]
    assert len(said) == 2, "one line of the history, one of the intake"
    assert daemon.get("/livez").status == 200


def test_a_directory_that_is_removed_takes_nothing_more(launch):
    daemon = launch(REMEMBERING)
    for number in range(20):
        remember(daemon, f"user{number}")
    shutil.rmtree(daemon.directory / "history")
    check_refusing(daemon)
    status, answer = ask_json(daemon, "DELETE", "logins/user1")
    assert status == 503 and GONE in answer["reason"], "nothing is said to be erased"
    assert GONE in daemon.console('backupHistory("copy")')
    daemon.stop()
    assert not (daemon.directory / "history").exists(), "nothing is made anew under the old name"
    daemon.start().wait_ready()  # begins anew
    remember(daemon, "new")
    assert total(daemon) == 1


def test_it_is_noticed_without_a_report(launch):
    daemon = launch(REMEMBERING)
    shutil.rmtree(daemon.directory / "history")
    daemon.wait_for_line(f"^history: .*{GONE}.*no reports are taken until that is over$")


def test_a_directory_that_was_away_is_taken_up_again(launch):
    daemon = launch(REMEMBERING)
    folder, elsewhere = daemon.directory / "history", daemon.directory / "elsewhere"
    for number in range(20):
        remember(daemon, f"user{number}")
    folder.rename(elsewhere)
    check_refusing(daemon)
    elsewhere.rename(folder)
    eventually(lambda: not refused(daemon))
    daemon.wait_for_line(r"^reports are accepted again, \d+ were refused$")
    assert total(daemon) == 21
    daemon.stop()
    assert len(exported(daemon.directory)) == 21


def test_alerts_are_not_kept_in_a_file_that_is_gone(launch):
    raising = """setReport(function(lt)
      raiseAlert{ rule = "mine", severity = "low", key = "login:"..lt.login, message = "m" }
    end)\n"""
    daemon = launch(REMEMBERING + raising)
    remember(daemon, "ann")
    eventually(lambda: ask_json(daemon, "GET", "alerts")[1]["alerts"])
    (daemon.directory / "history/alerts.db").rename(daemon.directory / "alerts.db")
    remember(daemon, "bob")
    daemon.wait_for_line(f"^Alerts cannot be kept, they are tried again: .*alerts.db.*{GONE}")
    (daemon.directory / "alerts.db").rename(daemon.directory / "history/alerts.db")
    daemon.wait_for_line("^Alerts are kept again$")
    daemon.stop()
    daemon.start().wait_ready()
    assert len(ask_json(daemon, "GET", "alerts")[1]["alerts"]) == 2


# --- read-only ---


@pytest.fixture
def launch_without_override(launch):
    if os.geteuid() != 0:
        return launch
    if not shutil.which("setpriv"):
        pytest.skip("root, and no setpriv")
    return lambda config: launch(config, prefix=NO_OVERRIDE)


def folders_of(daemon):
    folder = daemon.directory / "history"
    return [folder, folder / "db"]


def test_a_read_only_directory_is_named_at_the_start(launch_without_override):
    daemon = launch_without_override(REMEMBERING)
    remember(daemon, "ann")
    daemon.stop()
    for path in [*folders_of(daemon), *(daemon.directory / "history").rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        assert daemon.start().wait_exit() == 1
    finally:
        for path in (daemon.directory / "history").rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
    said = "\n".join(daemon.messages())
    assert "Permission denied" in said and "history/db" in said
    assert "in use by another process" not in said
    daemon.start().wait_ready()
    assert total(daemon) == 1


def test_no_directory_can_be_made(launch_without_override, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(0o500)
    daemon = Daemon(
        tmp_path, BASE + HISTORY.replace("history", str(closed / "history")), prefix=NO_OVERRIDE if os.geteuid() == 0 else ()
    )
    assert daemon.start().wait_exit() == 1
    assert f"cannot make the directory {closed}/history: Permission denied" in "\n".join(daemon.messages())


def test_a_directory_that_becomes_read_only(launch_without_override):
    """What fits into open files is still taken; where a new file is needed, reports are refused until it can be made."""
    daemon = launch_without_override(REMEMBERING)
    answers = []

    def report():
        answer = daemon.report(login=f"user{len(answers)}", attrs={"x": os.urandom(150_000).hex()})
        answers.append(answer.status)
        return answer

    report()
    for folder in folders_of(daemon):
        folder.chmod(0o500)
    try:
        while (answer := report()).status == 200:
            assert len(answers) < 1000
        assert answer.status == 503 and "Permission denied" in answer.json()["reason"]
        daemon.wait_for_line("^reports are refused: ")
    finally:
        for folder in folders_of(daemon):
            folder.chmod(0o700)
    eventually(lambda: report().status == 200, 20)
    assert total(daemon) == answers.count(200)
    daemon.stop()
    daemon.start().wait_ready()
    assert total(daemon) == answers.count(200)
