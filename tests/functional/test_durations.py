# SPDX-License-Identifier: Apache-2.0
"""durationToSeconds(): the captured strings."""

import json
import re

import pytest

from harness import captures
from harness.daemon import BASE, EVALUATE

CASES = captures.load("durations.json")
STRICT = re.compile(r"\d+(:\d\d(:\d\d(\.\d+)?)?)?")
BEYOND_64_BITS = "99999999999"


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(BASE + EVALUATE)


@pytest.mark.parametrize("text, captured", CASES, ids=[repr(text) for text, _ in CASES])
def test_captured_duration(daemon, text, captured):
    mark = daemon.mark()
    success, seconds = daemon.evaluate(f"return durationToSeconds({json.dumps(text, ensure_ascii=False)})")
    assert success
    if text == BEYOND_64_BITS:
        assert float(seconds) >= 0, "no overflow to negative"
    elif STRICT.fullmatch(text) and text.isascii():
        assert seconds == captured
    else:  # interval-syntax: what the original took sloppily may be refused
        assert seconds in (captured, "0")
    if seconds == "0" and not STRICT.fullmatch(text) and text.isprintable():
        daemon.wait_for_line("^Cannot parse duration string: " + re.escape(text) + "$", since=mark)
