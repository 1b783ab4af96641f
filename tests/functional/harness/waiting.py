# SPDX-License-Identifier: Apache-2.0
"""Waiting with a deadline. Nothing here waits longer than it must: every wait ends with its event."""

import os
import threading
import time

# A sanitizer build is many times slower; the deadlines stretch, the tests stay the same.
PATIENCE = float(os.environ.get("TRACKALERT_PATIENCE", "1"))

_POLL_SECONDS = 0.02
_never = threading.Event()


def patient(seconds):
    """`seconds`, stretched for a slow build."""
    return seconds * PATIENCE


class Deadline:
    """A point in time that a test does not want to live beyond."""

    def __init__(self, seconds):
        self._end = time.monotonic() + patient(seconds)

    @property
    def left(self):
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self):
        return self.left == 0.0


def pause():
    """Between two looks at something that announces nothing."""
    _never.wait(_POLL_SECONDS)


def eventually(look, timeout=10, what=None):
    """Looks until the result is true, and returns it. For state that can only be asked for; a log line is better."""
    deadline = Deadline(timeout)
    while True:
        seen = look()
        if seen:
            return seen
        if deadline.over:
            raise AssertionError(f"not within {timeout} s: {what or look}")
        pause()
