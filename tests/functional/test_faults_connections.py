# SPDX-License-Identifier: Apache-2.0
"""Too many connections, and too few file descriptors: who has something to say is heard all the same."""

import contextlib
import shutil
import socket
import time

import pytest

from harness import captures
from harness.commands import trackalert
from harness.daemon import BASE, is_sanitized
from harness.history import HISTORY, REMEMBERING, total
from harness.slow_clients import SlowClients, most_descriptors
from harness.waiting import Deadline, eventually, patient
from harness.wire_http import Closed, request

REPORT = request("POST", "/?command=report", b'{"login":"honest","success":true}')


@pytest.mark.alone
def test_twenty_thousand_slow_connections(launch):
    """A byte a second each, opened again when they are closed: twice as many as the daemon takes."""
    if most_descriptors() < 13_000:
        pytest.skip("too few file descriptors: ulimit -Hn")
    daemon = launch(REMEMBERING)
    with daemon.connect(timeout=20) as known:
        assert known.ask(REPORT).status == 200
        before = daemon.resident_mb()
        with SlowClients(daemon.http, 20_000) as slow:
            slow.opened()
            eventually(lambda: metric(known, "http_connections_made_room_total") > 5000, 60)
            for _ in range(50):
                assert known.ask(REPORT).status == 200
                begin = time.monotonic()
                assert daemon.ask(REPORT, timeout=20).status == 200, "a new one"
                assert time.monotonic() - begin < patient(5)
            assert metric(known, "active_http_connections") <= 10_000 + 256
            assert daemon.resident_mb() - before < 200
            assert metric(known, "http_connections_refused_total") < 10_000
        assert total(daemon) == 101
    said = daemon.messages()
    assert len(said) < 100, said[-20:]


def metric(connection, name):
    for line in connection.ask(request("GET", "/metrics")).text().splitlines():
        if line.startswith(f"trackalert_{name} "):
            return float(line.split()[1])
    raise AssertionError(name)


def test_slow_ones_are_closed_in_time(launch):
    """In the head, and in the body of a request whose password has not been checked yet, since that takes long."""
    status, hashed, _ = trackalert(".", "--hash-password", stdin=b"super\n")
    assert status == 0
    daemon = launch(BASE.replace(captures.PASSWORD, hashed.strip()))
    with daemon.connect() as head, daemon.connect() as body, daemon.connect() as idle:
        head.send(b"POST /?command=report HTTP/1.1\r\n")
        body.send(request("POST", "/?command=report", headers=("Content-Length: 1000000",)))
        waiting, deadline = [head, body], Deadline(25)
        while waiting:
            for connection in waiting:
                connection.send(b"X")
            waiting = [connection for connection in waiting if connection.silent(0.2)]
            assert not deadline.over, "still open"
        assert idle.ask(REPORT).status == 200, "who has not begun has more time"
    assert daemon.metrics()["trackalert_http_timeouts_total"] == 2


def deaf_client(address):
    """Asks a lot and reads nothing, so that an answer is always on its way to it."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.settimeout(patient(10))
    deaf.connect(address)
    deaf.setblocking(False)
    return deaf


def test_who_reads_no_answers_makes_room(launch):
    daemon = launch(BASE + "setMaxWebserverConns(20)\n")
    asked = request("GET", "/nosuch", auth=None) * 1000
    with contextlib.ExitStack() as stack:
        deaf = [stack.enter_context(deaf_client(daemon.http)) for _ in range(20)]
        quiet, deadline = Deadline(0.5), Deadline(20)
        while not quiet.over:  # until the daemon takes nothing more from them
            for client in deaf:
                with contextlib.suppress(BlockingIOError, ConnectionError):  # or it is closed already
                    client.send(asked)
                    quiet = Deadline(0.5)
            assert not deadline.over
        for _ in range(30):
            assert daemon.ask(REPORT).status == 200
        assert daemon.metrics()["trackalert_http_connections_refused_total"] == 0


def with_descriptors(count):
    if not shutil.which("prlimit"):
        pytest.skip("no prlimit")
    return ["prlimit", f"--nofile={count}:{count}"]


def test_connections_leave_descriptors_for_the_history(launch):
    """Far more connections than there are descriptors: reports of a known client are written all the same."""
    daemon = launch(REMEMBERING, prefix=with_descriptors(256))
    daemon.wait_for_line(r"^setMaxWebserverConns\(10000\): only 55 fit below the limit of open files, see LimitNOFILE$")
    held = []
    with daemon.connect() as known, contextlib.ExitStack() as stack:
        assert known.ask(REPORT).status == 200
        for _ in range(400):
            held.append(stack.enter_context(socket.create_connection(daemon.http)))
        for number in range(300):  # seals, new files
            body = b'{"login":"user%d","attrs":{"x":"%s"}}' % (number, b"y" * 100_000)
            assert known.ask(request("POST", "/?command=report", body)).status == 200
        assert daemon.ask(REPORT).status == 200
        assert daemon.console("return 5") == "5"
    assert total(daemon) == 302
    assert not [line for line in daemon.messages() if "Too many open files" in line]


@pytest.mark.skipif(is_sanitized(), reason="UBSan asks a pipe whether memory can be read, and finds no descriptor for it")
def test_no_descriptors_left(launch):
    """A policy that opens files without end: said once, nothing lost that was taken, and it goes on when they are closed."""
    hog = """
    local kept = {}
    setCustomEndpoint("hog", function()
      while true do
        local file = io.open("/dev/null")
        if not file then return true, { n = tostring(#kept) } end
        kept[#kept + 1] = file
      end
    end)
    setCustomEndpoint("free", function() for _, file in ipairs(kept) do file:close() end kept = {} return true, {} end)
    setNumReportThreads(1) setNumLuaStates(1)
    """
    daemon = launch(BASE + HISTORY + hog, prefix=with_descriptors(200))
    taken = 0
    with daemon.connect(timeout=20) as known:
        assert int(known.ask(request("POST", "/command/hog", b"{}")).json()["r_attrs"]["n"]) > 50
        waiting = [socket.create_connection(daemon.http) for _ in range(3)]  # by the system; we cannot accept them
        daemon.wait_for_line(r"^cannot accept connections on .*: Too many open files$")
        for number in range(200):
            body = b'{"login":"user%d","attrs":{"x":"%s"}}' % (number, b"y" * 100_000)
            answer = known.ask(request("POST", "/?command=report", body))
            assert answer.status in (200, 503), answer
            taken += answer.status == 200
        assert known.ask(request("POST", "/command/free", b"{}")).status == 200
        eventually(lambda: known.ask(REPORT).status == 200, 20)
        for connection in waiting:
            connection.close()
    eventually(lambda: answered(daemon))
    said = daemon.messages()
    assert total(daemon) - total(daemon, login="honest") == taken
    assert sum("cannot accept connections" in line for line in said) == 1
    assert len(said) < 100, said[-20:]


def answered(daemon):
    with contextlib.suppress(OSError, Closed):
        return daemon.get("/livez", timeout=2).status == 200
    return False
