# SPDX-License-Identifier: Apache-2.0
"""Disks that fill, and last writes that are torn: what was acknowledged is there, nothing refused is, and it goes on."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from harness.commands import exported, trackalert
from harness.daemon import BASE
from harness.history import HISTORY, REMEMBERING, remember, total
from harness.waiting import eventually, patient
from harness.wire_http import Closed



@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 MB that other processes see too: (its directory, fill(), make_room())."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(disk)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("may not mount")

    def fill():
        with open(disk / "ballast", "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    yield disk, fill, (disk / "ballast").unlink
    subprocess.run(["umount", "-l", str(disk)], check=True)


def reports_until_refused(daemon, most=500):
    taken = 0
    while (answer := daemon.report(login=f"user{taken % 7}", attrs={"x": os.urandom(100_000).hex()})).status == 200:
        taken += 1
        assert taken < most
    assert answer.status == 503, answer
    return taken


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_on_a_full_disk(launch, small_disk, end):
    """It starts and refuses, or says why it cannot start. Both lose nothing, and end with the disk's trouble."""
    disk, fill, make_room = small_disk
    daemon = launch(BASE + HISTORY.replace("history", str(disk / "history")))
    remember(daemon, "first")
    fill()
    taken = 1 + reports_until_refused(daemon)
    daemon.signal(end)
    daemon.process.wait(patient(20))
    daemon.judged = True
    fill()
    daemon.start()
    eventually(lambda: not daemon.running() or is_ready(daemon), 20)
    if daemon.running():
        make_room()
    else:
        assert daemon.wait_exit() == 1
        assert "No space left on device" in "\n".join(daemon.messages())
        make_room()
        daemon.start().wait_ready()
    eventually(lambda: daemon.report(login="late").status == 200, 20)
    assert total(daemon) == taken + 1


def is_ready(daemon):
    with contextlib.suppress(OSError, Closed):
        return daemon.get("/readyz", auth=None, timeout=2).status == 200
    return False


def test_files_that_may_not_grow(launch):
    """RLIMIT_FSIZE, as systemd's LimitFSIZE=: its signal would end the daemon. An error of the log of writes that is no lack of
    space is over when it is over, too."""
    if not shutil.which("prlimit"):
        pytest.skip("no prlimit")
    daemon = launch(REMEMBERING, prefix=["prlimit", f"--fsize={4 << 20}:unlimited"])
    taken = reports_until_refused(daemon)
    daemon.wait_for_line("^reports are refused: .*File too large")
    assert daemon.get("/livez").status == 200
    subprocess.run(["prlimit", "--pid", str(daemon.process.pid), "--fsize=unlimited"], check=True)
    eventually(lambda: daemon.report(login="late").status == 200, 20)
    assert total(daemon) == taken + 1
    daemon.command = daemon.command[2:]  # without the limit
    daemon.stop()
    daemon.start().wait_ready()
    assert total(daemon) == taken + 1


# --- torn writes ---


def newest_log(directory):
    return max((directory / "history/db").glob("*.log"), key=lambda path: int(path.stem))


@pytest.mark.parametrize("lost", [1, 7, 1000])
def test_a_torn_last_write(launch, lost):
    """Cut off before it was synced: the log ends there, and the rest is whole."""
    daemon = launch(REMEMBERING + 'setHistorySync("never")\n')
    for number in range(50):
        remember(daemon, f"user{number}", attrs={"x": "y" * 2000})
    daemon.signal(signal.SIGKILL)
    daemon.process.wait(patient(20))
    daemon.judged = True
    log = newest_log(daemon.directory)
    size = log.stat().st_size
    with open(log, "r+b") as file:
        file.truncate(size - lost)
    daemon.start().wait_ready()
    assert total(daemon) == 49
    remember(daemon, "next")
    daemon.stop()
    assert {event["login"] for event in exported(daemon.directory)} == {*(f"user{n}" for n in range(49)), "next"}
    status, out, err = trackalert(daemon.directory, "history", "check", "--derived", "-C", "trackalert.conf")
    assert status == 0 and ": no damage" in out, out + err


def test_a_write_that_was_synced_and_is_torn_is_damage(launch):
    daemon = launch(REMEMBERING + 'setHistorySync("always")\n')
    for number in range(50):
        remember(daemon, f"user{number}")
    daemon.signal(signal.SIGKILL)
    daemon.process.wait(patient(20))
    daemon.judged = True
    log = newest_log(daemon.directory)
    with open(log, "r+b") as file:
        file.truncate(log.stat().st_size - 5)
    assert daemon.start().wait_exit() == 1
    said = "\n".join(daemon.messages())
    assert "is damaged" in said and "trackalert history repair" in said
    status, _, err = trackalert(daemon.directory, "history", "repair", "--yes", "-C", "trackalert.conf")
    assert status == 0, err
    daemon.start().wait_ready()
    assert total(daemon) == 49


def test_a_torn_store_of_alerts(launch):
    """The end of SQLite's log is gone: what came last is raised no more, the rest is there."""
    raising = """setReport(function(lt)
      raiseAlert{ rule = "mine", severity = "low", key = "login:"..lt.login, message = "m" }
    end)\n"""
    daemon = launch(REMEMBERING + raising)
    for number in range(20):
        remember(daemon, f"user{number}")
    daemon.wait_for_metric('trackalert_alerts_open', 20)
    wal = pathlib.Path(daemon.directory / "history/alerts.db-wal")
    eventually(lambda: daemon.metrics()["trackalert_alerts_saved_total"] >= 20)
    daemon.signal(signal.SIGKILL)
    daemon.process.wait(patient(20))
    daemon.judged = True
    with open(wal, "r+b") as file:
        file.truncate(wal.stat().st_size - 100)
    daemon.start().wait_ready()
    assert 15 <= daemon.metrics()["trackalert_alerts_open"] <= 20
    remember(daemon, "next")
    eventually(lambda: "next" in daemon.console('showAlerts()'))
