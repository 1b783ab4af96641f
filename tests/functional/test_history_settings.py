# SPDX-License-Identifier: Apache-2.0
"""Turning the history on, what it refuses, and its life with the daemon."""

import os
import pathlib
import signal
import subprocess

import pytest

from harness.daemon import BASE, Daemon, binary_path
from harness.history import HISTORY, REMEMBERING, remember, total


def thread_names(daemon):
    tasks = pathlib.Path(f"/proc/{daemon.process.pid}/task")
    return {(task / "comm").read_text().strip() for task in tasks.iterdir()}


def test_without_a_directory_nothing_is_there(launch):
    daemon = launch(BASE)
    assert daemon.report(login="x").status == 200
    assert not thread_names(daemon) & {"intake", "query"}
    assert not [name for name in daemon.metrics() if "history" in name]
    assert {path.name for path in daemon.directory.iterdir()} == {"trackalert.conf"}


def test_with_a_directory_it_is_made_and_used(launch):
    daemon = launch(REMEMBERING)
    remember(daemon, "ann")
    assert {"intake", "query"} <= thread_names(daemon)
    folder = daemon.directory / "history"
    assert folder.stat().st_mode & 0o777 == 0o700
    daemon.wait_for_metric("trackalert_history_intake_queue_size", 0)
    assert total(daemon) == 1


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('setHistoryDir("")', "takes the name of a directory"),
        ('setHistoryRetention("1h")', 'a duration from "1d" to "3650d", not "1h"'),
        ('setProfileRetention("ten days")', 'a duration from "1d" to "3650d", not "ten days"'),
        ('setHistorySync("5s")', 'takes "1s", "always" or "never", not "5s"'),
        ("setHistoryMemoryMB(63)", "63 is out of range (64 to 1048576)"),
        ("setHistoryMaxDiskGB(-1)", "-1 is out of range (0 to 1048576)"),
        ("setHistoryPseudonymise(1)", "from number to boolean"),
    ],
)
def test_bad_values_are_refused_with_the_valid_ones(tmp_path, setting, words):
    daemon = Daemon(tmp_path, BASE + setting + "\n").start()
    assert daemon.wait_exit() == 1
    assert words in daemon.transcript()


def test_checking_the_configuration_opens_nothing(tmp_path):
    (tmp_path / "c.conf").write_text(HISTORY)
    checked = subprocess.run(
        [binary_path(), "--check-config", "-C", tmp_path / "c.conf"], capture_output=True, timeout=60, check=False
    )
    assert checked.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"c.conf"}


@pytest.mark.parametrize("mode", ["-D", "-d"])
def test_a_directory_that_cannot_be_used_is_an_exit_status(tmp_path, mode):
    (tmp_path / "file").write_text("")
    daemon = Daemon(tmp_path, BASE + 'setHistoryDir("file/history")\n', options=(mode,)).start()
    assert daemon.wait_exit() == 1
    assert any("file/history" in line for line in daemon.messages()), daemon.transcript()


@pytest.mark.parametrize("mode", ["-D", "-d"])
def test_a_second_process_is_refused(launch, tmp_path, mode):
    first = launch(REMEMBERING)
    folder = first.directory / "history"
    second = Daemon(tmp_path, BASE + f'setHistoryDir("{folder}")\n', options=(mode,)).start()
    assert second.wait_exit() == 1
    assert "in use by another process" in second.transcript()
    remember(first, "ann")


def test_reports_survive_a_stop(launch):
    daemon = launch(REMEMBERING)
    for number in range(20):
        remember(daemon, f"user{number}")
    daemon.stop()
    again = Daemon(daemon.directory, REMEMBERING).start().wait_ready()
    try:
        assert total(again) == 20
        assert "20 reports" in again.transcript()
    finally:
        again.stop()


def test_reports_survive_a_kill(launch):
    daemon = launch(REMEMBERING)
    for number in range(20):
        remember(daemon, f"user{number}", success=number % 2 == 0)
    daemon.process.kill()
    daemon.process.wait()
    daemon.judged = True
    again = Daemon(daemon.directory, REMEMBERING).start().wait_ready()
    try:
        assert total(again) == 20
        assert total(again, success=True) == 10
    finally:
        again.stop()


def test_a_reload_keeps_it_and_new_settings_wait(launch):
    daemon = launch(REMEMBERING)
    remember(daemon, "ann")
    daemon.write_config(REMEMBERING + 'setHistoryRetention("7d")\nsetHistoryDir("elsewhere")\n')
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("^The configuration was reloaded$", since=mark)
    said = daemon.messages(mark)
    for name in ("setHistoryDir", "setHistoryRetention"):
        assert f"{name}() has changed and takes effect at the next start" in said
    assert total(daemon) == 1
    remember(daemon, "bob")
    assert total(daemon) == 2
    assert not (daemon.directory / "elsewhere").exists()
    assert daemon.console('setHistorySync("never")') == "setHistorySync() takes effect at the next start\n"
    assert "directory   history\n" in daemon.console("showHistory()")


def test_turning_it_on_waits_for_a_start(launch):
    daemon = launch(BASE)
    daemon.write_config(REMEMBERING)
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line(r"^setHistoryDir\(\) has changed and takes effect at the next start$", since=mark)
    assert "history is off: setHistoryDir() turns it on" in daemon.console("showHistory()")


def test_pseudonyms_are_stored_and_found(launch):
    daemon = launch(REMEMBERING + "setHistoryPseudonymise(true)\n")
    remember(daemon, "conspicuous-name")
    assert total(daemon, login="conspicuous-name") == 1
    assert daemon.evaluate("return profile('conspicuous-name'):successes()") == (True, "1")
    daemon.stop()
    for path in (daemon.directory / "history").rglob("*"):
        if path.is_file():
            assert b"conspicuous-name" not in path.read_bytes(), path


def test_open_files_close_with_it(launch):
    daemon = launch(REMEMBERING)
    remember(daemon, "ann")
    assert any("history" in os.readlink(entry) for entry in pathlib.Path(f"/proc/{daemon.process.pid}/fd").iterdir())
    daemon.stop()
    assert daemon.messages()[-1] == "Stopped, nothing was left undone"
