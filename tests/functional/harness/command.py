# SPDX-License-Identifier: Apache-2.0
"""Runs of the binary's other commands."""

import subprocess

from .daemon import SANITIZER_REPORT, binary_path
from .waiting import patient


def trackalert(directory, *arguments, stdin=None, stdout=subprocess.PIPE, timeout=120):
    """(status, stdout, stderr) of a run in `directory`."""
    done = subprocess.run(
        [str(binary_path()), *map(str, arguments)],
        cwd=directory,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=patient(timeout),
        check=False,
    )
    err = done.stderr.decode()
    assert not SANITIZER_REPORT.search(err), err
    return done.returncode, (done.stdout or b"").decode(), err
