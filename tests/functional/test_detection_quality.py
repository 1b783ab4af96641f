# SPDX-License-Identifier: Apache-2.0
"""How good the detections are on labelled traffic may not become worse: docs/detection-quality.md has the figures."""

import json
import subprocess

import pytest
from harness.daemon import binary_path
from harness.waiting import patient


def trackalert(directory, *arguments):
    return subprocess.run(
        [binary_path(), *arguments], cwd=directory, check=True, capture_output=True, timeout=patient(300)
    )


def scored(directory, *options):
    trackalert(directory, "generate", *options, "--geo", "w.mmdb", "--asn-kinds", "w.kinds", "-o", "w.jsonl")
    (directory / "w.conf").write_text(
        'newGeoIP2DB("City", "w.mmdb")\nenableDefaultDetections()\nsetAsnKinds("w.kinds")\n'
    )
    outputs = ("--score", "--score-json", "w.json", "--alerts", "w.alerts")
    shown = trackalert(directory, "replay", "-C", "w.conf", *outputs, "w.jsonl")
    return json.loads((directory / "w.json").read_text()), shown.stderr.decode()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Three weeks of a service of 1,500 accounts, with every family of attack at two intensities."""
    options = ("--logins", "1500", "--days", "21", "--seed", "7", "--world", "1", "--attacks", "all:2")
    return scored(tmp_path_factory.mktemp("attacked"), *options)


def test_every_family_is_found(attacked):
    score, _ = attacked
    assert len(score["families"]) == 15
    missed = {
        name: family
        for name, family in score["families"].items()
        if family["recall"] < 1
    }
    assert not missed


def test_the_accounts_that_were_entered_are_named(attacked):
    score, _ = attacked
    taken = sum(family["taken"] for family in score["families"].values())
    named = sum(family["named"] for family in score["families"].values())
    assert taken >= 20 and named >= 0.95 * taken


def test_what_is_loud_is_found_soon_and_not_told_too_often(attacked):
    score, _ = attacked
    hour = 3600
    guessing = ("brute_force", "distributed_guessing", "password_spray", "distributed_spray", "failure_surge")
    late = {name: score["families"][name]["median_seconds"] for name in (*guessing, "credential_stuffing")}
    assert all(seconds <= hour for seconds in late.values()), late
    # An alert counts for each attack of which it names a source, and attackers share addresses.
    often = {name: family["alerts"] / family["campaigns"] for name, family in score["families"].items()}
    assert all(alerts <= 15 for alerts in often.values()), often


def test_few_alerts_are_false(attacked):
    score, _ = attacked
    assert score["honest_reports"] > 100_000
    assert score["false_alerts_per_100000"] <= 2
    assert len(score["wrongly_taken"]) <= 2


def test_it_is_shown_to_people_too(attacked):
    _, shown = attacked
    assert "password_spray" in shown and "Alerts of medium severity or above per 100,000 honest logins" in shown


def test_without_an_attack_it_is_quiet(tmp_path):
    score, _ = scored(tmp_path, "--logins", "1500", "--days", "21", "--seed", "8", "--attacks", "none")
    assert score["families"] == {} and score["attack_reports"] == 0
    assert score["alerts_per_100000"] <= 3
    assert score["wrongly_taken"] == []


def test_a_large_slow_campaign_is_one_alert_that_names_it(tmp_path):
    """500 addresses in 40 networks, guessing a few times a day for two weeks at 2,000 logins; here at 1,000."""
    options = ("--logins", "2000", "--days", "28", "--seed", "61", "--world", "10", "--attacks", "campaign:1@high")
    score, _ = scored(tmp_path, *options)
    family = score["families"]["campaign"]
    assert family["recall"] == 1 and family["taken"] == family["named"] >= 4
    alerts = [json.loads(line) for line in (tmp_path / "w.alerts").read_text().splitlines()]
    campaigns = [one for one in alerts if one["key"].startswith("campaign:")]
    assert all(len(one["sources"]) >= 500 for one in campaigns)
    assert len(campaigns) <= 2


def test_the_risk_score_tells_attackers_who_know_the_password_from_owners(tmp_path):
    """The more such an attacker knows of the owner, the more owners are challenged to catch him."""
    options = ("--logins", "5000", "--days", "28", "--rate", "2", "--seed", "9", "--world", "2", "--attacks", "risk:1000")
    score, shown = scored(tmp_path, *options)
    challenged = {one["attack"]: one["challenged"] for one in score["risk"]
                  if one["successes"] == "6-18" and one["caught"] == 0.95}
    assert challenged["naive_attacker"] <= challenged["targeted_attacker"] <= challenged["very_targeted_attacker"]
    assert challenged["naive_attacker"] < 0.02 and challenged["vpn_attacker"] < 0.02
    assert challenged["targeted_attacker"] < 0.1
    assert "very_targeted_attacker" in shown and "challenged" in shown
