# SPDX-License-Identifier: Apache-2.0
"""Every detection's own cases, through the built binary's `replay`: attacks are found, honest people are left alone.

Each folder of detections/ has attack*.jsonl and benign*.jsonl, reports as clients send them, and beside each NAME.expected.json: the
alerts that must come of it and no others, but for the fields that are not named. `rules`: all of these saw it; `linked`: it
says which alert it follows from. Of an attack's case only the alerts of medium severity and above must be complete.
"""

import json
import pathlib
import subprocess

import pytest

from harness.daemon import SANITIZER_REPORT, binary_path
from harness.waiting import patient

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = sorted(p for p in (ROOT / "detections").iterdir() if p.is_dir())
CASES = [case for folder in FOLDERS for case in sorted(folder.glob("*.jsonl"))]
ATTACKS = [case for case in CASES if case.name.startswith("attack")]
MEMBERS = [
    "id", "rule", "severity", "key", "state", "first_seen", "last_seen", "count", "message", "sources", "sources_total",
    "logins", "logins_total", "taken", "evidence", "attack", "feedback",
]  # fmt: skip


def replay(tmp_path, case, config=None):
    words = [str(binary_path()), "replay"]
    if config is not None:
        (tmp_path / "replay.conf").write_text(config)
        words += ["-C", str(tmp_path / "replay.conf")]
    done = subprocess.run([*words, str(case)], capture_output=True, timeout=patient(60), check=False)
    err = done.stderr.decode()
    assert done.returncode == 0, err
    assert not SANITIZER_REPORT.search(err), err
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def fits(alert, wanted):
    for name, value in wanted.items():
        if name == "rules":
            if not set(value) <= set(alert["evidence"]["rules"]):
                return False
        elif name == "linked":
            if not alert["evidence"].get("because_of"):
                return False
        elif alert[name] != value:
            return False
    return True


def problems(alerts, expected, complete):
    """What is missing, and what is there too many of."""
    left = list(alerts)
    missing = []
    for wanted in expected:
        found = next((alert for alert in left if fits(alert, wanted)), None)
        if found is None:
            missing.append(wanted)
        else:
            left.remove(found)
    surplus = [alert for alert in left if complete or alert["severity"] not in ("info", "low")]
    return missing, surplus


def expected_of(case):
    return json.loads(case.with_suffix(".expected.json").read_text())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_folder_is_complete(folder):
    assert (folder / "rule.lua").is_file()
    readme = (folder / "README.md").read_text()
    for heading in (f"# {folder.name}\n", "\n## What to do\n", "\n## Known false alarms\n", "ATT&CK"):
        assert heading in readme
    names = [case.name for case in folder.glob("*.jsonl")]
    assert any(name.startswith("attack") for name in names), "no case of an attack"
    assert any(name.startswith("benign") for name in names), "no case of honest people"


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_case(tmp_path, case):
    alerts = replay(tmp_path, case)
    missing, surplus = problems(alerts, expected_of(case), case.name.startswith("benign"))
    assert not missing, f"missing {missing} among {alerts}"
    assert not surplus, surplus
    for alert in alerts:
        assert list(alert) == MEMBERS
        assert "{" not in alert["message"], "a name that nobody filled in"
        assert alert["first_seen"] <= alert["last_seen"]
        assert alert["logins_total"] >= len(alert["logins"])


@pytest.mark.parametrize("case", ATTACKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_attack_is_missed_without_its_detection(tmp_path, case):
    config = f'enableDefaultDetections() disableDetection("{case.parent.name}")'
    missing, _ = problems(replay(tmp_path, case, config), expected_of(case), False)
    assert missing


def test_replay_is_deterministic(tmp_path):
    case = ROOT / "detections/account_taken/attack.jsonl"
    assert replay(tmp_path, case) == replay(tmp_path, case)


def test_nothing_enabled_finds_nothing(tmp_path):
    assert replay(tmp_path, ROOT / "detections/account_taken/attack.jsonl", "-- nothing") == []


def test_shadow_is_said(tmp_path):
    alerts = replay(tmp_path, ROOT / "detections/brute_force/attack.jsonl", 'enableDetection("brute_force", { mode = "shadow" })')
    assert [alert["state"] for alert in alerts] == ["shadow"]


def test_own_detection(tmp_path):
    config = """defineDetection{ name = "my_rule", kind = "threshold", subject = "source_login", min_guesses = 3,
                                 severity = "low", text = "{remote} at {login}: {guesses}" }"""
    alerts = replay(tmp_path, ROOT / "detections/brute_force/attack.jsonl", config)
    assert [(alert["rule"], alert["severity"]) for alert in alerts] == [("my_rule", "low")]
    assert alerts[0]["message"] == "198.51.100.5 at ann: 3"


@pytest.mark.parametrize(
    "config, error",
    [
        ('enableDetection("nosuch")', 'there is no detection "nosuch", only account_taken, '),
        ('enableDetection("brute_force", { min_gueses = 1 })', 'there is no "min_gueses" here, only severity, mode, '),
        ('enableDetection("brute_force", { min_guesses = "x" })', "min_guesses must be a number"),
        ('enableDetection("brute_force", { min_guesses = 0 })', "min_guesses must be from 1 to "),
        ('enableDetection("brute_force", { severity = "huge" })', "severity must be one of info, low, medium, high, critical"),
        ('disableDetection("brute_force")', '"brute_force" is not enabled, only nothing'),
        ('defineDetection{ name = "x", kind = "magic", text = "x" }', "kind must be one of threshold, distinct, "),
        ('defineDetection{ name = "x", kind = "velocity" }', "text is missing"),
        ('defineDetection{ name = "stranger", kind = "velocity", text = "x" }', "stranger is ours"),
        ('setAsnKinds("nosuch.txt")', "cannot read nosuch.txt"),
    ],
)
def test_mistakes_name_what_is_valid(tmp_path, config, error):
    (tmp_path / "bad.conf").write_text(config)
    done = subprocess.run(
        [str(binary_path()), "replay", "-C", str(tmp_path / "bad.conf"), "/dev/null"],
        capture_output=True, timeout=patient(60), check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert error in done.stderr.decode()
