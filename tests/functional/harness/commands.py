# SPDX-License-Identifier: Apache-2.0
"""Runs of the binary that end by themselves."""

import json
import subprocess

from .daemon import SANITIZER_REPORT, binary_path
from .waiting import patient


def trackalert(directory, *arguments, stdin=None, stdout=subprocess.PIPE, env=None, timeout=120):
    """(status, stdout, stderr) of a run that has the configuration before its eyes."""
    done = subprocess.run(
        [str(binary_path()), *map(str, arguments)],
        cwd=directory,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=env,
        timeout=patient(timeout),
        check=False,
    )
    err = done.stderr.decode()
    assert not SANITIZER_REPORT.search(err), err
    return done.returncode, (done.stdout or b"").decode(), err


def exported(directory):
    """Every report in the history of the configuration there."""
    status, out, err = trackalert(directory, "export", "-C", "trackalert.conf")
    assert status == 0, err
    return [json.loads(line) for line in out.splitlines()]


def events_of(directory):
    """The newest reports that the history of the configuration there knows."""
    status, out, err = trackalert(directory, "query", "-C", "trackalert.conf", "--json")
    assert (status, err) == (0, "")
    return json.loads(out)["events"]
