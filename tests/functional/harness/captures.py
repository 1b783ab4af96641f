# SPDX-License-Identifier: Apache-2.0
"""The captures of the original under tests/fixtures, and what they need to be used: real ports, whole requests."""

import json
import pathlib
import re

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"

CONSOLE_KEY = "Ay9KXgU3g4ygK+qWT0Ut4gH8PPz02gbtPeXWPdjD0HE="
PASSWORD = "super"


def load(name):
    return json.loads((FIXTURES / name).read_text("utf-8"))


def raw(text):
    """The bytes of a request or answer, which the files hold as Latin-1; without the marks of how the capture ended."""
    return re.sub(r"<<(CLOSED|TIMEOUT)>>$", "", text).encode("latin-1")


def whole_request(text):
    """The bytes of a captured request. Long ones are cut in the file, and say how long they were."""
    cut = re.search(r"\.\.\.\((\d+) bytes in total\)$", text)
    if not cut:
        return text.encode("latin-1")
    start, total = text[: cut.start()].encode("latin-1"), int(cut[1])
    if b"\r\n\r\n" in start:  # a JSON body of one long string
        tail = b'"}'
        return start + b"x" * (total - len(start) - len(tail)) + tail
    if start.startswith(b"GET /command/livez HTTP"):  # X-A0, X-A1, ... of equal length
        lines = start.split(b"\r\n")[:2]
        pad = lines_until(total - len(b"\r\n".join(lines)) - 2)
        return b"\r\n".join(lines) + b"\r\n" + pad
    tail = b" HTTP/1.1\r\nHost: x\r\n\r\n"
    return start + b"y" * (total - len(start) - len(tail)) + tail


def lines_until(total):
    """Header lines and the empty one behind them, `total` bytes together."""
    out, number = b"", 0
    while total - len(out) - 2 > 130:
        out += b"X-A%d: " % number + b"y" * 100 + b"\r\n"
        number += 1
    rest = total - len(out) - 2
    return out + b"X-Z: " + b"y" * (rest - 7) + b"\r\n\r\n"


def message(line):
    """A log line without the time that -D puts before it."""
    return re.sub(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] ", "", line)


def readable(text):
    """A Lua error up to where the original goes on with a mangled C++ type."""
    return re.sub(r"(Unable to convert parameter from \S+ to |Trying to cast a lua variable from \"?\w+\"?).*", r"\1", text)


def without_addresses(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text)
