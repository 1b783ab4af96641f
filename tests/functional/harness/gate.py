# SPDX-License-Identifier: Apache-2.0
"""A gate for Lua: a function that comes to it waits, without using the CPU, until the test opens it."""

import os

from .waiting import eventually


class Gate:
    """One passage; `lua` is the statement that waits."""

    def __init__(self, directory):
        self._path = str(directory / "gate")
        os.mkfifo(self._path)
        self.lua = f'io.open("{self._path}"):read("*a")'

    def open(self, timeout=10):
        """Lets go whoever waits; comes back once somebody has."""
        os.close(eventually(self._writing_end, timeout, "somebody at the gate"))

    def _writing_end(self):
        try:
            return os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            return None
