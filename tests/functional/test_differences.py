# SPDX-License-Identifier: Apache-2.0
"""The table of differences, the captures and the documentation agree."""

import pathlib

import pytest

import differences
from harness import captures

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "differences.md"


def names(file):
    return {case["name"] for case in captures.load(file)}


def test_every_difference_is_about_a_captured_case():
    assert differences.HTTP_PROTOCOL.keys() <= names("http-protocol.json")
    assert differences.HTTP_JSON_ERRORS.keys() <= names("http-json-errors.json")
    assert differences.HTTP_CUSTOM.keys() <= names("http-custom.json")
    assert (differences.LUA_PROBES | differences.LUA_PROBES_LOG).keys() <= {
        case["code"] for case in captures.load("lua-probes.json")
    }
    assert differences.CRON.keys() <= {expression for expression, _ in captures.load("cron.json")}
    assert differences.DEVICES.keys() <= {
        (case["protocol"], case["device_id"]) for case in captures.load("device-parsing-wforce.json")
    }


def test_every_difference_has_a_reason():
    used = {row[0] for table in (differences.LUA_PROBES, differences.LUA_PROBES_LOG, differences.CRON) for row in table.values()}
    assert used <= differences.REASONS.keys()


@pytest.mark.skipif(not DOCUMENT.exists(), reason="docs/differences.md is not written yet")
@pytest.mark.parametrize("difference", differences.REASONS)
def test_every_difference_is_documented(difference):
    assert difference in DOCUMENT.read_text("utf-8")
