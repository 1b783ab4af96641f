# SPDX-License-Identifier: Apache-2.0
"""trackalert query, export, erase and history, beside a running daemon and without one."""

import json
import os
import pathlib
import subprocess

import pytest

from harness.commands import trackalert
from harness.daemon import BASE
from harness.history import REMEMBERING, remember, total


@pytest.fixture(params=["running", "stopped"])
def place(request, launch):
    """Where a configuration lies whose history knows three reports; its daemon runs, or not."""
    daemon = launch(REMEMBERING)
    remember(daemon, "alice", "192.0.2.1", session_id="a", ago=7200)
    remember(daemon, 'b"o\\b\n', "192.0.2.2", session_id="b", success=False, ago=3600, attrs={"x": "1"})
    remember(daemon, "alice", "198.51.100.1", session_id="c", ago=60)
    if request.param == "stopped":
        daemon.stop()
    return daemon


def run(place, command, *arguments, **kwargs):
    return trackalert(place.directory, command, "-C", "trackalert.conf", *arguments, **kwargs)


def ask(place, *arguments, **kwargs):
    status, out, err = run(place, "query", "--json", *arguments, **kwargs)
    assert status == 0, err
    return json.loads(out)


def test_queries(place):
    assert [event["session_id"] for event in ask(place)["events"]] == ["c", "b", "a"]
    assert ask(place, "--count")["count"] == {"successes": 2, "failures": 1, "total": 3}
    assert ask(place, "--count", "--login", 'b"o\\b\n')["count"]["total"] == 1
    assert ask(place, "--count", "--remote=192.0.2.0/24")["count"]["total"] == 2
    assert ask(place, "--count", "--net", "192.0.2.0/24", "--failure", "--attr", "x=1")["count"]["total"] == 1
    assert ask(place, "--count", "--since", "90m", "--until", "10m")["count"]["total"] == 1
    assert ask(place, "--distinct", "login")["distinct"] == 2
    assert ask(place, "--top", "login", "--limit", "1")["top"] == [{"value": "alice", "score": 2}]
    assert ask(place, "--top", "remote", "--by", "failures")["top"] == [{"value": "192.0.2.2", "score": 1}]
    assert sum(row["successes"] for row in ask(place, "--series", "1h")["series"]) == 2
    assert ask(place, "--json-query", "-", stdin=b'{"count":{}}')["count"]["total"] == 3
    page = ask(place, "--events", "2")
    assert [event["session_id"] for event in ask(place, "--events", "2", "--cursor", page["cursor"])["events"]] == ["a"]


def test_tables(place):
    status, out, err = run(place, "query")
    assert (status, err) == (0, "")
    assert "alice" in out and "198.51.100.1" in out
    status, out, err = run(place, "query", "--top", "login")
    assert (status, err) == (0, "")
    assert "alice" in out


def test_export(place):
    status, out, err = run(place, "export")
    assert (status, err) == (0, "")
    assert sorted(json.loads(line)["session_id"] for line in out.splitlines()) == ["a", "b", "c"]
    status, out, err = run(place, "export", "--login", "alice", "--since", "1h", "-o", "out.json")
    assert (status, out, err) == (0, "", "")
    lines = (pathlib.Path(place.directory) / "out.json").read_text().splitlines()
    assert [json.loads(line)["session_id"] for line in lines] == ["c"]
    assert not list((pathlib.Path(place.directory) / "history").glob("export-*")), "the copy was left behind"


def leave_copy(folder):
    """As an export leaves it that was killed."""
    with subprocess.Popen(["true"]) as gone:
        pass
    copy = folder / f"export-{gone.pid}"
    (copy / "db").mkdir(parents=True)
    (copy / "db/000001.sst").write_text("erased@example.com")
    return copy


def test_copies_of_killed_exports_are_removed(place, launch):
    folder = pathlib.Path(place.directory) / "history"
    left, others = leave_copy(folder), [folder / name for name in (f"export-{os.getpid()}", "export-", "export-1x")]
    for other in others:
        other.mkdir()
    assert run(place, "export")[0] == 0
    assert not left.exists()
    daemon = launch(REMEMBERING)
    folder = daemon.directory / "history"
    daemon.stop()
    left = leave_copy(folder)
    launch(REMEMBERING.replace('setHistoryDir("history")', f'setHistoryDir("{folder}")'))
    assert not left.exists()
    for other in others:
        other.rmdir()


def test_export_to_a_full_disk(place):
    with open("/dev/full", "wb") as full:
        status, _, err = run(place, "export", stdout=full)
    assert status == 1
    assert "No space left on device" in err


def test_erasing(place):
    status, out, err = run(place, "erase", "--login", "alice")
    assert (status, out) == (1, "") and "--yes" in err
    status, out, err = run(place, "erase", "--login", "alice", "--yes")
    assert (status, out, err) == (0, "2 reports erased\n", "")
    assert ask(place, "--count")["count"]["total"] == 1


def test_backup(place, tmp_path):
    copy = tmp_path / "copy"
    status, out, err = run(place, "history", "backup", str(copy))
    assert (status, err) == (0, "")
    status, out, err = run(place, "history", "check", "--derived", str(copy))
    assert (status, err) == (0, ""), out
    assert out.startswith("3 reports, ")
    assert run(place, "history", "backup", str(copy))[0] == 1, "it exists"


def test_checks_want_the_directory_for_themselves(launch):
    daemon = launch(REMEMBERING)
    remember(daemon, "alice")
    for verb in ("check", "repair"):
        status, out, err = run(daemon, "history", verb, "--yes")
        assert (status, out) == (1, "")
        assert "in use by another process" in err
    assert total(daemon) == 1
    daemon.stop()
    assert run(daemon, "history", "check")[0] == 0
    assert run(daemon, "history", "repair", "--yes")[:2] == (0, "no damage, nothing was done\n")


def test_a_damaged_history_is_mended(launch):
    daemon = launch(REMEMBERING)
    for number in range(100):
        remember(daemon, f"user{number}")
    daemon.stop()
    database = pathlib.Path(daemon.directory) / "history" / "db"
    log = max(database.glob("*.log"), key=lambda path: path.stat().st_size)
    with open(log, "r+b") as file:
        file.truncate(4000)  # the reports come first, what is derived from them at the end of the daemon
    daemon.start()
    assert daemon.wait_exit() == 1
    daemon.judged = True
    said = daemon.transcript()
    assert "is damaged" in said and "trackalert history repair" in said
    status, out, _ = run(daemon, "history", "check")
    assert status == 1 and "lost" in out
    status, out, err = run(daemon, "history", "repair", "--yes")
    assert status == 0, out + err
    assert "lost: the reports number" in out
    assert run(daemon, "history", "check", "--derived")[0] == 0
    daemon.judged = False
    daemon.start()
    daemon.wait_ready()
    assert 0 < total(daemon) < 100
    remember(daemon, "again")
    assert total(daemon, login="again") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["query", "--what"],
        ["query", "word"],
        ["query", "--count", "--events", "3"],
        ["query", "--events", "many"],
        ["query", "--remote", "nowhere"],
        ["query", "--top", "shoe_size"],
        ["query", "--success", "--failure"],
        ["query", "--login"],
        ["query", "--json-query", "{"],
        ["export", "--attr", "x"],
        ["export", "--since", "yesterday"],
        ["erase"],
        ["erase", "--yes"],
        ["history"],
        ["history", "mend"],
        ["history", "backup"],
        ["history", "check", "a", "b"],
    ],
    ids=" ".join,
)
def test_wrong_use(tmp_path, words):
    status, out, err = trackalert(tmp_path, *words)
    assert (status, out) == (2, ""), err
    assert err.startswith(f"trackalert {words[0]}: ")
    assert f"trackalert {words[0]} --help" in err


@pytest.mark.parametrize("command", ["query", "export", "erase", "history"])
def test_help(tmp_path, command):
    status, out, err = trackalert(tmp_path, command, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: trackalert {command}")


def test_without_a_history(tmp_path):
    (tmp_path / "trackalert.conf").write_text(BASE.replace("@HTTP@", "127.0.0.1:1").replace("@CONTROL@", "127.0.0.1:1"))
    for words in (["query"], ["export"], ["history", "check"], ["erase", "--login", "x", "--yes"]):
        status, out, err = trackalert(tmp_path, *words, "-C", "trackalert.conf")
        assert (status, out) == (1, "")
        assert "setHistoryDir()" in err
