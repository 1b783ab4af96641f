# SPDX-License-Identifier: Apache-2.0
"""trackalert replay: past reports on the way that live ones take, and what it says of them."""

import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess

import pytest

from harness.commands import trackalert
from harness.daemon import ANSWER_WHEN_DONE, BASE, binary_path
from harness.history import HISTORY, ask_json, total
from harness.waiting import eventually, patient
from harness.wire_http import request

ROOT = pathlib.Path(__file__).resolve().parents[2]
START = 1_790_000_000  # a Monday noon, in UTC


# All that a policy may do about a report, and what it sees.
POLICY = """
newGeoIP2DB("City", "w.mmdb")
setAsnKinds("w.kinds")
enableDefaultDetections()
allowLogin("nobody@example.com", { reason = "a test" })
setReport(function(lt)
  local found = lt.findings[1]
  if found and (found.rule == "new_country" or found.rule == "new_network") then
    raiseAlert{ rule = "abroad", severity = "low", key = lt.login, t = lt.t, message = "in " .. lt.place.country_code,
                evidence = { risk = { seen = math.floor(lt.risk * 1000) / 1000 },
                             logins = history{ remote = lt.remote, since = "30d" }:distinct("login") } }
  end
  if not lt.success and trend("remote", lt.remote):distinct("login", "30d") > 20 then
    raiseAlert{ rule = "wide", severity = "high", key = "remote:" .. lt.remote:tostring(), t = lt.t, message = "many logins",
                logins = { lt.login }, sources = { lt.remote:tostring() } }
  end
end)
"""


def lines_of(reports):
    return "".join(json.dumps(report) + "\n" for report in reports)


def guesses(count=20, start=START, login="ann", remote="192.0.2.1"):
    return [
        {"t": start + n, "login": login, "remote": remote, "success": False, "pwhash": f"{n:04x}"} for n in range(count)
    ]


def replay(directory, *arguments, status=0, **kwargs):
    """(alerts, stderr)"""
    code, out, err = trackalert(directory, "replay", *arguments, **kwargs)
    assert code == status, err
    return [json.loads(line) for line in out.splitlines()], err


def write(directory, reports, name="in.jsonl"):
    (directory / name).write_text(lines_of(reports))
    return name


def config(directory, text, name="replay.conf"):
    (directory / name).write_text(text)
    return name


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    """A folder with two weeks of logins of a small service, attacks among them, and its world."""
    directory = tmp_path_factory.mktemp("traffic")
    attacks = "password_spray:1@high,brute_force:1,credential_stuffing:1,impossible_travel:1,stranger:1,account_taken"
    status, _, err = trackalert(
        directory, "generate", "-n", 120, "--days", 14, "--start", "15d", "--seed", 7, "--attacks",
        attacks.replace(",account_taken", ",success_after_guessing:1"),
        "--geo", "w.mmdb", "--asn-kinds", "w.kinds", "-o", "t.jsonl",
    )  # fmt: skip
    assert status == 0, err
    return directory


def live_alerts(daemon):
    status, page = ask_json(daemon, "GET", "alerts?limit=1000")
    assert status == 200 and "cursor" not in page
    return page["alerts"]


def by_id(alerts):
    return {alert["id"]: alert for alert in alerts}


def copy_world(traffic, directory):
    for name in ("w.mmdb", "w.kinds"):
        shutil.copy(traffic / name, directory)


def feed(daemon, lines):
    with daemon.connect() as connection:
        for line in lines:
            assert connection.ask(request("POST", "/?command=report", line)).status == 200


@pytest.fixture(scope="module")
def lived(traffic, launch_shared, tmp_path_factory):
    """A daemon that has seen that traffic one by one, running."""
    directory = tmp_path_factory.mktemp("lived")
    copy_world(traffic, directory)
    text = (BASE + HISTORY + ANSWER_WHEN_DONE + POLICY).replace('"w.', f'"{directory}/w.')
    daemon = launch_shared(text)
    feed(daemon, (traffic / "t.jsonl").read_bytes().splitlines())
    return daemon


def test_an_export_gives_the_alerts_that_live_did(lived):
    live = by_id(live_alerts(lived))
    assert {"abroad", "wide", "password_spray"} <= {alert["rule"] for alert in live.values()}
    status, _, err = trackalert(lived.directory, "export", "-C", "trackalert.conf", "-o", "all.jsonl")
    assert status == 0, err
    again, err = replay(lived.directory, "-C", "trackalert.conf", "all.jsonl")
    assert by_id(again) == live
    assert "0 lines passed over" in err


def test_a_history_is_read_beside_its_daemon(lived):
    live = by_id(live_alerts(lived))
    again, _ = replay(lived.directory, "-C", "trackalert.conf", "--from-history", "400d", "now")
    assert by_id(again) == live
    none, err = replay(lived.directory, "-C", "trackalert.conf", "--from-history", "2026-01-01", "2026-01-02")
    assert none == [] and "0 reports judged" in err
    assert not list((lived.directory / "history").glob("export-*"))


def test_a_history_is_read_without_a_daemon(tmp_path, launch):
    daemon = launch(BASE + HISTORY + "enableDefaultDetections()\n")
    feed(daemon, [json.dumps(report | {"t": 0}).encode() for report in guesses(20)])
    daemon.stop()
    alerts, err = replay(daemon.directory, "-C", "trackalert.conf", "--from-history", "1d", "now")
    assert "20 reports judged" in err and [alert["rule"] for alert in alerts] == ["brute_force"]


@pytest.mark.parametrize("threads", [1, 5])
def test_threads_make_no_difference(traffic, threads):
    settings = f"setNumReportThreads({threads})\nsetNumSchedulerThreads({threads})\nsetNumWorkerThreads({threads})\n"
    name = config(traffic, POLICY + settings, f"{threads}.conf")
    _, one, _ = trackalert(traffic, "replay", "-C", name, "t.jsonl")
    _, other, _ = trackalert(traffic, "replay", "-C", config(traffic, POLICY, "own.conf"), "t.jsonl")
    assert one == other and one.count("\n") > 5


# --- the policy's Lua ---


def test_a_lua_error_is_counted_and_the_first_is_shown(tmp_path):
    name = config(tmp_path, "setReport(function(lt) if lt.login == 'ann' then error('no ' .. lt.pwhash) end end)")
    alerts, err = replay(tmp_path, "-C", name, write(tmp_path, guesses(3) + guesses(1, START + 9, "bob")))
    assert alerts == []
    assert err.count("exception") == 1 and "Lua function [report] exception: " in err and "no 0000" in err
    assert "Lua function [report] failed 3 times, first: " in err


def test_log_functions_go_to_standard_error(tmp_path):
    name = config(tmp_path, """setReport(function(lt) warnLog("seen", { login = lt.login }) infoLog("more", {}) vinfoLog("most", {}) end)""")
    _, err = replay(tmp_path, "-C", name, write(tmp_path, guesses(150)))
    assert err.count('seen: login="ann"') == 100 and "more" not in err.splitlines()
    assert "The policy logged 0 errors, 150 warnings and 150 other lines (200 of them not shown)" in err
    _, err = replay(tmp_path, "-v", "-C", name, "in.jsonl")
    assert err.count('seen: login="ann"') == err.splitlines().count("more") == err.splitlines().count("most") == 150


def test_the_report_function_sees_its_report_and_none_that_comes_later(tmp_path):
    name = config(tmp_path, """setReport(function(lt)
      warnLog(history{ login = lt.login, since = "1d" }:count() .. " " .. lt.place.country_code .. " " .. lt.t, {}) end)""")
    reports = [report | {"place": {"country_code": "DE"}} for report in guesses(3)]
    _, err = replay(tmp_path, "-C", name, write(tmp_path, reports))
    assert err.splitlines()[:3] == [f"{n + 1} DE {START + n}" for n in range(3)]


def test_background_functions_run_by_the_clock_of_the_reports(tmp_path):
    name = config(tmp_path, """
      setBackground("count", function()
        raiseAlert{ rule = "counted", severity = "low", key = "n" .. history{ since = "2h" }:count(), message = "x" }
      end)
      cronScheduleBackgroundFunc("0 * * * *", "count")
      setBackground("often", function() error("often") end)
      intervalScheduleBackgroundFunc("0:10", "often")
    """)  # fmt: skip
    hour = START - START % 3600
    times = [60, 1800, 3599, 3600, 9000]
    reports = [{"t": hour + t, "login": "ann", "remote": "192.0.2.1", "success": True} for t in times]
    alerts, err = replay(tmp_path, "-C", name, write(tmp_path, reports))
    assert [(alert["key"], alert["first_seen"] - hour) for alert in alerts] == [("login:n3", 3600), ("login:n4", 7200)]
    assert f"Background functions ran {2 + (9000 - 60) // 600} times" in err
    assert f"Lua background function [often] failed {(9000 - 60) // 600} times" in err


def test_a_leap_in_time_does_not_run_functions_for_ever(tmp_path):
    name = config(tmp_path, """setBackground("tick", function() end) intervalScheduleBackgroundFunc("0:00:01", "tick")""")
    _, err = replay(tmp_path, "-C", name, write(tmp_path, guesses(1, 1000) + guesses(1)))
    assert "Background functions ran 10001 times" in err and "1 gaps between reports were too long" in err


def test_the_allow_list_counts(tmp_path):
    text = 'enableDefaultDetections() allowRemote("192.0.2.0/24")'
    assert replay(tmp_path, write(tmp_path, guesses()))[0]
    assert replay(tmp_path, "-C", config(tmp_path, text), "in.jsonl")[0] == []


# --- delivery ---

TELLING = """
enableDefaultDetections()
addAlertChannel("ops", "webhook", { url = "http://127.0.0.1:@PORT@/ops", template = "words" })
setAlertFunction("words", function(alert) return "about " .. alert.key end)
addCustomWebHook("own", { url = "http://127.0.0.1:@PORT@/own" })
setReport(function(lt) if #lt.findings > 0 then runCustomWebHook("own", lt.login) end end)
"""


def test_nobody_is_told_unless_asked(tmp_path, receiver):
    name = config(tmp_path, TELLING.replace("@PORT@", str(receiver.port)))
    alerts, err = replay(tmp_path, "-C", name, write(tmp_path, guesses()))
    assert len(alerts) == 1 and receiver.requests == []
    withheld = "deliveries of custom webhooks were withheld (--deliver sends them)"
    assert withheld in err
    alerts, err = replay(tmp_path, "-C", name, "--deliver", "in.jsonl")
    assert len(alerts) == 1 and withheld not in err and "not delivered" not in err
    bodies = {(received.path, received.body) for received in receiver.requests}
    assert bodies == {("/ops", b"about remote:192.0.2.1"), ("/own", b"ann")}


def test_what_is_not_taken_is_said(tmp_path):
    text = TELLING.replace("@PORT@", "1") + "setShutdownTimeoutSecs(1)"
    _, err = replay(tmp_path, "-C", config(tmp_path, text), "--deliver", write(tmp_path, guesses()))
    assert "1 messages were not delivered" in err


# --- the history ---


def test_a_history_is_kept_and_goes_on(tmp_path, launch):
    alerts, _ = replay(tmp_path, "--history", "kept", write(tmp_path, guesses(20), "one.jsonl"))
    more, _ = replay(
        tmp_path, "--history", "kept", write(tmp_path, guesses(20, START + 60), "two.jsonl")
    )  # fmt: skip
    assert [alert["id"] for alert in more] == [alerts[0]["id"]] and more[0]["count"] > alerts[0]["count"]
    daemon = launch(BASE + HISTORY.replace('"history"', f'"{tmp_path}/kept"') + "enableDefaultDetections()\n")
    assert total(daemon) == 40
    assert live_alerts(daemon) == more
    _, err = replay(tmp_path, "--history", "kept", "one.jsonl", status=1)
    assert "is in use by another process" in err


def test_a_directory_that_is_no_history_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("dear")
    _, err = replay(tmp_path, "--history", "mine", write(tmp_path, guesses(1)), status=1)
    assert "mine is neither empty nor a history" in err
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["letter"]
    _, err = replay(tmp_path, "--history", "in.jsonl", "in.jsonl", status=1)
    assert "is no directory" in err


# --- inputs ---


def test_inputs_may_be_compressed_and_several(tmp_path):
    whole = lines_of(guesses(20)).encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(whole[: len(whole) // 2 + 1]))
    half = whole[: len(whole) // 2 + 1]
    first, second = half[: half.rindex(b"\n") + 1], whole[half.rindex(b"\n") + 1 :]
    (tmp_path / "a.gz").write_bytes(gzip.compress(first))
    expected, _ = replay(tmp_path, write(tmp_path, guesses(20)))
    assert replay(tmp_path, "a.gz", "-", stdin=second)[0] == expected
    assert replay(tmp_path, "-", stdin=whole)[0] == expected
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-q", "-o", tmp_path / "a.zst"], input=first, check=True, timeout=60)
        assert replay(tmp_path, "a.zst", "-", stdin=second)[0] == expected


def test_bad_lines_are_counted_by_reason_and_the_first_is_shown(tmp_path):
    good = {"t": START, "login": "ann", "remote": "192.0.2.1", "success": True}
    lines = [
        json.dumps(good), "", "nonsense", "{", "[]", json.dumps(good | {"remote": "here\x1b[2J"}), '{"t": 1}',
        '{"login":"a"}', '{"login":"a","t":1e99}', "x" * (1 << 20 | 9), json.dumps(good),
    ]  # fmt: skip
    (tmp_path / "bad.jsonl").write_text("\n".join(lines))
    _, err = replay(tmp_path, "bad.jsonl")
    assert "2 reports judged, 2026-09-21T" in err and "; 8 lines passed over\n" in err
    assert "  no JSON: 2 (the first: bad.jsonl, line 3: " in err
    assert "  no JSON object: 1 (the first: bad.jsonl, line 5: " in err
    assert "  remote is no address: 1 (the first: bad.jsonl, line 6: " in err and "\x1b[2J" not in err
    assert "  neither login nor remote: 1 (the first: bad.jsonl, line 7: " in err
    assert "  no time of their own (t): 2 (the first: bad.jsonl, line 8: " in err
    assert "  longer than a megabyte: 1 (the first: bad.jsonl, line 10: " in err


def test_a_damaged_input_is_judged_as_far_as_it_goes(tmp_path):
    data = gzip.compress(lines_of(guesses(2000)).encode())
    (tmp_path / "cut.gz").write_bytes(data[: len(data) * 9 // 10])
    alerts, err = replay(tmp_path, "cut.gz", status=1)
    assert alerts and "cut.gz" in err.splitlines()[-1]


def test_late_reports_are_told_of(tmp_path):
    _, err = replay(tmp_path, write(tmp_path, guesses(2, START + 7200) + guesses(3)))
    assert "3 reports came more than 10 minutes late" in err


# --- what it says ---


def test_the_summary(tmp_path):
    hostile = "eve\x1b[31m\u202e"
    reports = guesses(20) + guesses(20, START + 3600, hostile, "192.0.2.2")
    _, err = replay(tmp_path, "--summary-json", "s.json", "--alerts", "a.jsonl", write(tmp_path, reports))
    assert "40 reports judged, 2026-09-21T14:13:20Z to 2026-09-21T15:13:39Z" in err
    assert "\x1b" not in err and "\u202e" not in err
    row = next(line.split() for line in err.splitlines() if line.startswith("brute_force "))
    assert row[1:5] == ["2", "2.00", "2", "2"] and row[5].startswith("remote:192.0.2.")
    told = json.loads((tmp_path / "s.json").read_text())
    assert told["reports"] == 40 and told["passed_over"] == {} and told["alerts"] == 2
    rule = told["rules"][0]
    assert (rule["rule"], rule["alerts"], rule["accounts"], rule["sources"]) == ("brute_force", 2, 2, 2)
    assert sorted(key["key"] for key in rule["noisiest"]) == ["remote:192.0.2.1", "remote:192.0.2.2"]


def on_a_terminal(directory, *arguments):
    """What a person would see of standard error."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [str(binary_path()), "replay", *arguments], cwd=directory, stdout=subprocess.DEVNULL, stderr=slave, stdin=subprocess.DEVNULL
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:  # the other side has closed
            break
        if not block:
            break
        shown += block
    os.close(master)
    assert process.wait(patient(60)) == 0
    return shown.decode()


def test_a_bar_shows_where_somebody_looks(tmp_path):
    # A function that takes its time, by the clock of the machine: the bar comes after a second.
    slow = "setReport(function(lt) if lt.pwhash == '00ff' then local t = os.time() while os.time() < t + 3 do end end end)"
    name = config(tmp_path, slow)
    shown = on_a_terminal(tmp_path, "-C", name, write(tmp_path, guesses(2000)))
    assert "%  " in shown and "reports  " in shown and "\x1b[K" in shown
    _, err = replay(tmp_path, "-C", name, "in.jsonl")
    assert "%  " not in err and "\x1b" not in err


def test_an_interruption_leaves_nothing_behind(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [str(binary_path()), "replay", "--alerts", "a.jsonl", "-"], cwd=tmp_path, stdin=subprocess.PIPE,
        stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(scratch)},
    )  # fmt: skip
    process.stdin.write(lines_of(guesses(20)).encode())
    process.stdin.flush()
    eventually(lambda: list(scratch.glob("*/db")))
    process.send_signal(signal.SIGINT)
    process.stdin.write(lines_of(guesses(1)).encode())
    _, err = process.communicate(timeout=patient(30))
    assert process.returncode == 1 and b"interrupted" in err
    assert not list(scratch.iterdir())


# --- two policies ---

HARSH = "enableDetection('brute_force', { min_guesses = 3, severity = 'critical' })\nenableDetection('retired_password')\n"


def test_the_difference_of_two_policies(tmp_path):
    both, wide = config(tmp_path, "enableDetection('brute_force')", "a.conf"), config(tmp_path, HARSH, "b.conf")
    write(tmp_path, guesses(20) + guesses(5, START + 600, "bob", "198.51.100.9"))
    status, out, err = trackalert(tmp_path, "replay", "--diff", both, wide, "--alerts", "d.jsonl", "in.jsonl")
    assert status == 3, err
    assert "A is a.conf, B is b.conf" in out
    assert [line.split() for line in out.splitlines() if line.startswith("brute_force ")] == [["brute_force", "1", "2", "1", "0", "1", "1"]]
    assert [line[:7] for line in out.splitlines()[5:]] == ["only B ", "changed", "       "]
    assert "severity: medium -> critical" in out
    told = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text().splitlines()]
    assert (told[0]["only"], told[0]["alert"]["key"]) == ("B", "remote:198.51.100.9")
    assert (told[1]["changed"], told[1]["a"]["severity"], told[1]["b"]["severity"]) == (["severity"], "medium", "critical")


def test_the_same_twice_is_no_difference(tmp_path):
    one = config(tmp_path, "enableDetection('brute_force')", "a.conf")
    other = config(tmp_path, "enableDetection('brute_force') -- the same", "b.conf")
    status, out, err = trackalert(tmp_path, "replay", "--diff", one, other, "-", stdin=lines_of(guesses()).encode())
    assert status == 0, err
    assert "Both find the same." in out


def test_a_difference_is_found_in_a_history_too(lived):
    changed = (lived.directory / "trackalert.conf").read_text() + "disableDetection('password_spray')\n"
    config(lived.directory, changed, "quiet.conf")
    status, out, err = trackalert(
        lived.directory, "replay", "--diff", "trackalert.conf", "quiet.conf", "--from-history", "400d", "now"
    )
    assert status == 3, err
    assert "only A " in out and "only B " not in "".join(line for line in out.splitlines() if "password_spray:" in line)


def test_the_documents_know_every_option(tmp_path):
    _, shown, _ = trackalert(tmp_path, "replay", "--help")
    options = re.findall(r"^ +(?:-\w, )? *(--[\w-]+)", shown, re.MULTILINE)
    assert len(options) == 12
    document = (ROOT / "docs/replay.md").read_text()
    page = (ROOT / "docs/man/trackalert.1").read_text()
    for option in set(options) - {"--config", "--regexes", "--verbose", "--help"}:
        assert f"`{option}" in document and f"Fl Fl {option[2:]}" in page, option


@pytest.mark.parametrize(
    "words, reason",
    [
        ([], "it wants the name of a file, or -"),
        (["--from-history", "1d"], "--from-history wants two values"),
        (["--from-history", "1d", "now", "x"], "it reads either files or a history"),
        (["--diff", "a", "b", "--deliver", "x"], "--diff and --deliver exclude each other"),
        (["--diff", "a", "b", "-C", "c", "x"], "--diff names its configurations itself"),
        (["--nonsense", "x"], "there is no option --nonsense"),
    ],
)
def test_wrong_options(tmp_path, words, reason):
    _, err = replay(tmp_path, *words, status=2)
    assert reason in err and "Try 'trackalert replay --help'" in err


@pytest.mark.parametrize(
    "words, reason",
    [
        (["missing.jsonl"], "missing.jsonl"),
        (["-C", "missing.conf", "in.jsonl"], "missing.conf"),
        (["--alerts", "no/such/folder", "in.jsonl"], "cannot write"),
        (["--from-history", "1d", "now"], "setHistoryDir"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, words, reason):
    write(tmp_path, guesses(1))
    config(tmp_path, "-- nothing", "trackalert.conf")
    extra = ["-C", "trackalert.conf"] if words[0] == "--from-history" else []
    _, err = replay(tmp_path, *extra, *words, status=1)
    assert reason in err
