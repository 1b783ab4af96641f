# SPDX-License-Identifier: Apache-2.0
"""Devices of reports that come without device_attrs: the rules of wforce."""

import pathlib

import pytest

import differences
from harness import captures
from harness.daemon import ANSWER_WHEN_DONE, BASE

REGEXES = pathlib.Path("/usr/share/uap-core/regexes.yaml")
CASES = captures.load("device-parsing-wforce.json")

CONFIG = (
    ANSWER_WHEN_DONE
    + BASE
    + """
setReport(function(lt)
  local parts = {}
  for k, v in pairs(lt.device_attrs) do parts[#parts + 1] = k.."="..v end
  table.sort(parts)
  infoLog("DEVICE {" .. table.concat(parts, "|") .. "}", {})
end)
"""
)

pytestmark = pytest.mark.skipif(not REGEXES.exists(), reason="uap-core is not installed")


@pytest.fixture(scope="module")
def daemon(launch_shared):
    daemon = launch_shared(CONFIG, options=("-D", "-R", str(REGEXES)), wait=False)
    return daemon.wait_ready(timeout=60)


def seen_by_lua(daemon, **fields):
    mark = daemon.mark()
    assert daemon.report(login="x", **fields).status == 200
    return daemon.wait_for_line("^DEVICE {(.*)}$", since=mark)[1]


def as_text(attributes):
    return "|".join(sorted(f"{name}={value}" for name, value in attributes.items()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['protocol']} {case['device_id'][:40]}")
def test_captured_device(daemon, case):
    key = (case["protocol"], case["device_id"])
    expected = differences.DEVICES.get(key, case["device_attrs"])
    assert seen_by_lua(daemon, protocol=case["protocol"], device_id=case["device_id"]) == as_text(expected)


def test_the_same_again_and_in_another_order(daemon):
    """Whatever is cached, results depend on protocol and device_id alone."""
    for case in reversed(CASES):
        test_captured_device(daemon, case)


def test_attributes_that_came_with_the_report_stay(daemon):
    assert seen_by_lua(daemon, protocol="http", device_id="curl/8.0", device_attrs={"os.family": "Mine"}) == "os.family=Mine"
    assert seen_by_lua(daemon, protocol="http", device_id="curl/8.0", device_attrs={}) == ""
    assert "browser.family=curl" in seen_by_lua(daemon, protocol="http", device_id="curl/8.0", device_attrs="none")


@pytest.mark.parametrize(
    "device_id",
    ["x" * 500_000, "(" * 20_000, "Mozilla/5.0 (" + "a;" * 50_000, "\x00\xff\u2028", '"name" "' + "a" * 100_000],
)
def test_hostile_device_ids_are_answered_in_time(daemon, device_id):
    for protocol in ("http", "imap", "mobileapi"):
        seen_by_lua(daemon, protocol=protocol, device_id=device_id)


def test_an_explicit_file_that_is_missing_is_fatal(launch, tmp_path):
    daemon = launch(CONFIG, options=("-D", "-R", str(tmp_path / "nosuch.yaml")), wait=False)
    assert daemon.wait_exit() == 1
    assert "nosuch.yaml" in daemon.transcript()


def test_an_explicit_file_that_is_no_yaml_is_fatal(launch, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("user_agent_parsers: [ { regex: '(' } ]\nos_parsers: {")
    daemon = launch(CONFIG, options=("-D", "-R", str(bad)), wait=False)
    assert daemon.wait_exit() == 1
    assert "bad.yaml" in daemon.transcript()


def test_one_s_own_small_file(launch, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(
        """
user_agent_parsers:
  - regex: '(Mailer)/(\\d+)\\.(\\d+)'
    family_replacement: 'My $1'
os_parsers:
  - regex: 'OS-(\\w+)'
device_parsers:
  - regex: 'dev-(\\w+)'
    regex_flag: 'i'
    brand_replacement: 'Brand'
    unknown_key: 'ignored'
"""
    )
    daemon = launch(CONFIG, options=("-D", "-R", str(own)))
    assert seen_by_lua(daemon, protocol="https", device_id="Mailer/1.2 OS-Beos DEV-box") == (
        "browser.family=My Mailer|browser.major=1|browser.minor=2|device.brand=Brand|device.family=box|"
        "device.model=box|os.family=Beos|os.major=|os.minor="
    )
