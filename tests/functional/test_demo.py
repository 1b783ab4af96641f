# SPDX-License-Identifier: Apache-2.0
"""What `./dev run` shows, with nobody at the keyboard."""

import pathlib
import re
import subprocess
import sys

from harness.daemon import binary_path
from harness.waiting import patient

DEMO = pathlib.Path(__file__).resolve().parents[2] / "examples/demo/run"


def test_the_demo_shows_a_month_its_alerts_and_a_daemon_that_knows_them(tmp_path):
    done = subprocess.run(
        [sys.executable, DEMO, binary_path()], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=patient(120), check=False,
    )  # fmt: skip
    out = done.stdout
    assert done.returncode == 0, out
    assert re.search(r"\d{5} reports judged, ", out) and re.search(r"^account_taken +\d+ ", out, re.MULTILINE), out
    assert re.search(r"^unusual_login +\d+ ", out, re.MULTILINE), out
    assert re.search(r"Remembering logins in .*: \d{5} reports so far", out), out
    assert "  ALERT high password_spray: " in out and "  ALERT critical account_taken: " in out, out
