# SPDX-License-Identifier: Apache-2.0
"""trackalert generate: labelled logins, and the places of their addresses."""

import collections
import json
import re
import subprocess

import pytest

from harness.daemon import BASE, SANITIZER_REPORT, binary_path
from harness.waiting import patient

# As wforce's webhook sends it, and in this order.
MEMBERS = [
    "attrs", "device_attrs", "device_id", "fail_type", "label", "login", "policy_reject", "protocol", "pwhash", "remote",
    "session_id", "success", "t", "tls", "type",
]


def generate(directory, *arguments, status=0):
    """(stdout, stderr) of a run that ends with that status."""
    done = subprocess.run(
        [str(binary_path()), "generate", *arguments], cwd=directory, capture_output=True, timeout=patient(120), check=False
    )
    err = done.stderr.decode()
    assert not SANITIZER_REPORT.search(err), err
    assert done.returncode == status, err
    return done.stdout.decode(), err


SMALL = ["--logins", "300", "--days", "12", "--attacks", "all:1"]


@pytest.fixture(scope="module")
def stream(tmp_path_factory):
    directory = tmp_path_factory.mktemp("generated")
    out, err = generate(directory, *SMALL, "--geo", "world.mmdb", "--asn-kinds", "kinds.txt")
    return directory, out, err


def test_the_lines(stream):
    reports = [json.loads(line) for line in stream[1].splitlines()]
    assert [report["t"] for report in reports] == sorted(report["t"] for report in reports)
    for report in reports:
        assert [name for name in MEMBERS if name in report] == list(report)
        assert set(MEMBERS) - set(report) <= {"label"}
        assert re.fullmatch("[0-9a-f]{4}", report["pwhash"])
        assert report["type"] == "wforce_report"
        if "label" in report:
            assert list(report["label"]) == ["attack", "campaign", "taken"]
            assert report["label"]["taken"] == report["success"]


def test_the_summary(stream):
    _, out, err = stream
    labels = [json.loads(line).get("label") for line in out.splitlines()]
    attacks = [label for label in labels if label]
    first = re.match(r"(\d+) reports: (\d+) honest, (\d+) of them failures; (\d+) of attackers\n", err)
    assert [int(number) for number in first.groups()][::3] == [len(labels), len(attacks)]
    told = dict(re.findall(r"^  (\w+) +1 campaign, +(\d+) reports", err, re.MULTILINE))
    counted = collections.Counter(label["attack"] for label in attacks)
    assert {name: int(number) for name, number in told.items()} == counted
    assert len(told) == 15


def test_the_same_options_write_the_same_bytes(stream, tmp_path):
    generate(tmp_path, *SMALL, "--output", "again.jsonl", "--geo", "again.mmdb")
    assert (tmp_path / "again.jsonl").read_text() == stream[1]
    assert (tmp_path / "again.mmdb").read_bytes() == (stream[0] / "world.mmdb").read_bytes()
    assert generate(tmp_path, *SMALL, "--seed", "2")[0] != stream[1]
    assert generate(tmp_path, *SMALL, "--world", "2")[0] != stream[1]


def test_a_daemon_takes_them_and_knows_their_places(stream, launch):
    directory, out, _ = stream
    daemon = launch(
        BASE
        + f"""
        newGeoIP2DB("world", "{directory / 'world.mmdb'}")
        setReport(function(lt)
          infoLog("seen", {{ login = lt.login, country = lt.place.country_code, city = lt.place.city,
                            asn = tostring(lt.place.asn) }})
        end)
        """
    )
    kinds = [line.split(" ", 2) for line in (directory / "kinds.txt").read_text().splitlines()]
    assert {kind for kind, _, _ in kinds} == {"mobile", "hosting", "anonymiser"}
    for line in out.splitlines()[-20:]:
        assert daemon.post("/?command=report", line.encode()).status == 200
        login = re.escape(json.loads(line)["login"])
        seen = daemon.wait_for_line(rf'seen:(?=.*login="{login}").*')[0]
        assert re.search(r'country="[A-Z]{2}"', seen) and re.search(r'asn="50\d{4}"', seen), seen


def test_wrong_uses(tmp_path):
    for arguments, problem in [
        (["--logins", "0"], "--logins wants a whole number from 1 to 10000000, not 0"),
        (["--days", "x"], "--days wants a whole number from 1 to 3660, not x"),
        (["--rate", "nan"], "--rate wants a number"),
        (["--start", "yesterday"], "yesterday"),
        (["--start", "1960-01-01"], "--start wants a time"),
        (["--world", "10000"], "--world wants"),
        (["--attacks", "phishing"], "there is no phishing, but all"),
        (["--attacks", "all@loud"], "loud is none of low, middle, high"),
        (["word"], "what is word?"),
        (["--nonsense"], "there is no option --nonsense"),
    ]:
        out, err = generate(tmp_path, *arguments, status=2)
        assert out == "" and problem in err, (arguments, err)


def test_what_cannot_be_written(tmp_path):
    for option in ["--output", "--geo", "--asn-kinds"]:
        _, err = generate(tmp_path, "--logins", "1", "--days", "1", option, "missing/file", status=1)
        assert "trackalert generate: cannot write missing/file: No such file or directory" in err
    _, err = generate(tmp_path, *SMALL, "--output", "/dev/full", status=1)
    assert "cannot write /dev/full: No space left on device" in err


def test_help_names_every_family(tmp_path):
    out, _ = generate(tmp_path, "--help")
    for family in ["password_spray", "campaign", "retired_password", "very_targeted_attacker"]:
        assert re.search(rf"^  {family} +\w", out, re.MULTILINE)
