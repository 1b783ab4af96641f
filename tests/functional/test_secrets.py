# SPDX-License-Identifier: Apache-2.0
"""What somebody finds who gets a core of the daemon, or is its user."""

import base64
import os
import shutil
import signal
import subprocess

import pytest

from harness import captures
from harness.commands import trackalert
from harness.daemon import BASE, is_sanitized
from harness.history import HISTORY, REMEMBERING, remember
from harness.waiting import patient

PASSWORD = "a-password-to-look-for"
CONFIG = BASE.replace(captures.PASSWORD, PASSWORD) + HISTORY


def cores(daemon):
    return [path for path in daemon.directory.iterdir() if path.name.startswith("core")]


def abort(daemon):
    """Ends it as a bug would."""
    daemon.signal(signal.SIGABRT)
    daemon.process.wait(patient(60))
    daemon.judged = True


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer attaches to the process")
def test_no_core_is_written(launch):
    """With the limit off. A second daemon, which may write one, shows that there would be something to find."""
    prefix = ["sh", "-c", 'ulimit -c unlimited && exec "$@"', "sh"]
    searchable = launch(CONFIG, env={"TRACKALERT_DUMPABLE": "1"}, prefix=prefix)
    abort(searchable)
    if not cores(searchable):
        pytest.skip("the system writes no core here")
    assert any(PASSWORD.encode() in core.read_bytes() for core in cores(searchable))
    daemon = launch(CONFIG, prefix=prefix)
    key = (daemon.directory / "history/feedback.key").read_bytes().strip()
    assert len(base64.b64decode(key)) == 32
    abort(daemon)
    assert not cores(daemon)


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer attaches to the process")
def test_nobody_of_the_same_user_attaches(launch):
    """As a program that a channel starts: the daemon's user, without privileges."""
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv")
    as_user = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    daemon = launch(CONFIG, prefix=as_user)
    done = subprocess.run(
        [*as_user, "head", "-c1", f"/proc/{daemon.process.pid}/environ"], capture_output=True, check=False
    )
    assert done.returncode != 0 and b"ermission denied" in done.stderr
    assert daemon.get("/livez").status == 200


def test_what_is_exported_is_for_its_owner(launch):
    daemon = launch(REMEMBERING)
    remember(daemon, "ann")
    out = daemon.directory / "logins.jsonl"
    previous = os.umask(0o022)
    try:
        trackalert(daemon.directory, "export", "-C", "trackalert.conf", "-o", out)
    finally:
        os.umask(previous)
    assert "ann" in out.read_text("utf-8")
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_token_in_the_url_of_a_webhook_is_not_told(launch):
    token = "Xa8vQ0pWzY1kLmN3oP5qR7sT"
    url = f"http://127.0.0.1:1/services/{token}?api_key=also-secret"
    hook = f'addCustomWebHook("hook", {{url="{url}"}}) setMetricsNoPassword()\n'
    daemon = launch(BASE + hook + 'setReport(function(lt) runCustomWebHook("hook", "x") end)\n')
    remember(daemon, "ann")
    daemon.wait_for_line(r"^Webhook id=1 failed to url \(http://127.0.0.1:1/services/\*\*\*\?\*\*\*\)")
    said = daemon.transcript() + daemon.get("/metrics").text()
    assert token not in said and "also-secret" not in said


def test_a_login_cannot_write_a_line_of_the_log(launch):
    daemon = launch(BASE + "setReport(function(lt) error(lt.login) end)\n")
    remember(daemon, "ann\nFAKE LINE\x1b[31m")
    daemon.wait_for_line(r"exception: .*ann\\nFAKE LINE\\x1b\[31m")
    assert not [line for line in daemon.messages() if line.startswith("FAKE") or "\x1b" in line]
