# SPDX-License-Identifier: Apache-2.0
"""Somebody else's server, for the time of a with block."""

import subprocess

from harness.ports import accepts, free_port
from harness.waiting import eventually, patient


class Server:
    """Listens on a port of its own; how it starts, and what it says when it ends too early, is its kind's."""

    def __init__(self):
        self.port = free_port()
        self._process = None

    def _start(self):
        raise NotImplementedError

    def _ended_early(self):
        raise NotImplementedError

    def __enter__(self):
        self._process = self._start()
        eventually(self._accepts, 15, f"{type(self).__name__} accepts")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(patient(15))
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def _accepts(self):
        if self._process.poll() is not None:
            self._ended_early()
        return accepts(self.port)
