# SPDX-License-Identifier: Apache-2.0
"""Garbage in bulk: on the console, and as JSON. Nothing grows, and no log fills."""

import contextlib
import os
import socket

import pytest

from harness.captures import CONSOLE_KEY
from harness.daemon import BASE
from harness.history import REMEMBERING, ask_json, remember, total
from harness.wire_console import ConsoleConnection

MIB = 1024 * 1024
BLOCK = os.urandom(MIB)


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(REMEMBERING + 'setCustomEndpoint("take", function(args) return true, {} end)\n')


def pour(connection, rest):
    """Bytes until all are gone, or the other side has had enough. How many went."""
    sent = 0
    connection.settimeout(10)
    with contextlib.suppress(OSError):
        while sent < rest:
            sent += connection.send(BLOCK)
    return sent


def test_a_hundred_megabytes_of_console_garbage(launch):
    """On as many connections as it takes: each is closed at its first frame that is none."""
    daemon = launch(BASE)
    before = daemon.resident_mb()
    sent = connections = 0
    while sent < 100 * MIB:
        with socket.create_connection(daemon.control) as connection:
            sent += pour(connection, 100 * MIB)
            connections += 1
        assert connections < 100_000
    assert connections >= 5, "what the kernel holds of a connection is all that goes into it"
    assert daemon.console("return 5") == "5"
    assert daemon.resident_mb() - before < 50
    complaints = [line for line in daemon.messages() if "control connection" not in line or "exception" in line]
    assert len(complaints) < 40, complaints[-5:]


def test_garbage_behind_a_good_command(launch):
    daemon = launch(BASE)
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        assert connection.run("return 5") == "5"
        pour(connection.socket, 100 * MIB)
    assert daemon.console("return 6") == "6"


HUGE = {
    "lists": b"[" * MIB,
    "objects": b'{"a":' * (MIB // 5),
    "many members": b'{"login":"x",' + b",".join(b'"k%d":1' % n for n in range(90_000)) + b"}",
    "many attributes": b'{"login":"x","attrs":{' + b",".join(b'"k%d":"v"' % n for n in range(70_000)) + b"}}",
    "a long list": b'{"login":"x","attrs":{"l":[' + b",".join([b'"v"'] * 200_000) + b"]}}",
    "a long number": b'{"login":"x","t":' + b"9" * 1_000_000 + b"}",
    "a long exponent": b'{"login":"x","t":1e' + b"9" * 1_000_000 + b"}",
    "a long login": b'{"login":"' + b"x" * 1_000_000 + b'"}',
    "a long key": b'{"login":"x","' + b"k" * 1_000_000 + b'":1}',
    "escapes": b'{"login":"' + rb"\u0000" * 170_000 + b'"}',
    "one string that never ends": b'{"login":"' + b"x" * 1_000_000,
    "the same key": b'{"login":"x"' + b',"login":"y"' * 80_000 + b"}",
    "zeros": bytes(MIB),
    "not UTF-8": b'{"login":"' + b"\xff" * 1_000_000 + b'"}',
}


@pytest.mark.parametrize("kind", HUGE)
def test_huge_json(daemon, kind):
    """Taken or refused, everywhere that a body is read, and the next is taken."""
    for target in ("/?command=report", "/command/take", "/api/v1/history/query"):
        answer = daemon.post(target, HUGE[kind], timeout=30)
        assert answer.status in (200, 400, 413, 422), (target, answer)
        assert answer.status == 200 or answer.json()
    before = total(daemon, login="after")
    remember(daemon, "after")
    assert total(daemon, login="after") == before + 1


def test_memory_stays_bounded_through_huge_json(daemon):
    for body in HUGE.values():
        daemon.post("/?command=report", body, timeout=30)
    before = daemon.resident_mb()
    for _ in range(10):
        for body in HUGE.values():
            daemon.post("/?command=report", body, timeout=30)
    assert daemon.resident_mb() - before < 150


def test_deep_questions_to_the_history(daemon):
    deep = b'{"filter":' * 1000 + b"{}" + b"}" * 1000
    assert daemon.post("/api/v1/history/query", deep).status == 400
    assert ask_json(daemon, "POST", "history/query", {"count": {}})[0] == 200
