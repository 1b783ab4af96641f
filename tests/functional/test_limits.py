# SPDX-License-Identifier: Apache-2.0
"""Sizes, depths and slowness: what is taken, what is refused, and that the rest goes on."""

import gzip
import zlib

import pytest

from harness.daemon import ANSWER_WHEN_DONE, main_conf
from harness.waiting import Deadline
from harness.wire_http import Closed, request

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(ANSWER_WHEN_DONE + main_conf())


def report_of(size):
    """A body of exactly `size` bytes that is a good report."""
    start, end = b'{"login":"sized","padding":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


# --- bodies ---


@pytest.mark.parametrize(
    "size",
    [4095, 4096, 65535, 65536, 65537, 65536 + 4096, 65536 + 4097, 131072, 131073, 262144, 1044480, MIB - 1, MIB],
)
def test_bodies_up_to_a_mebibyte(daemon, size):
    """Multiples of 4096 beyond 64 KiB crashed the original."""
    mark = daemon.mark()
    answer = daemon.post("/?command=report", report_of(size))
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    daemon.wait_for_line("^REPORT: .* login=sized ", since=mark)


@pytest.mark.parametrize("size", [65536 + 4096, MIB])
def test_large_bodies_without_the_password(daemon, size):
    answer = daemon.ask(request("POST", "/?command=report", report_of(size), auth=None))
    assert answer.status == 401


@pytest.mark.parametrize("size", [MIB + 1, MIB + 4096, 3 * MIB])
def test_larger_ones_are_refused(daemon, size):
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", report_of(size)))
        assert connection.read().status == 413
        assert connection.closed_by_peer()


def test_a_huge_length_is_refused_before_the_body(daemon):
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", headers=("Content-Length: 1000000000000",)))
        assert connection.read().status == 413
        assert connection.closed_by_peer()


def test_a_body_in_single_bytes(daemon):
    body = b'{"login":"slow"}'
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", headers=(f"Content-Length: {len(body)}",)))
        for byte in body:
            connection.send(bytes([byte]))
        assert connection.read().status == 200


def chunked(*pieces):
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return request("POST", "/?command=report", headers=("Transfer-Encoding: chunked",)) + body


def test_a_chunked_body(daemon):
    mark = daemon.mark()
    with daemon.connect() as connection:
        assert connection.ask(chunked(b'{"login', b'":"chunks"}')).status == 200
        daemon.wait_for_line("login=chunks", since=mark)
        assert connection.ask(chunked(*(bytes([byte]) for byte in b'{"login":"x"}'))).status == 200
        assert connection.ask(request("GET", "/livez")).status == 200


def test_a_chunked_body_beyond_the_limit(daemon):
    with daemon.connect() as connection:
        connection.send(chunked(*[b"x" * 65536] * 17))
        assert connection.read().status == 413
        assert connection.closed_by_peer()


@pytest.mark.parametrize("bad", [b"x\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"fffffffffffffffff\r\n{}", b"2\r\n{}0\r\n\r\n"])
def test_a_broken_chunk(daemon, bad):
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", headers=("Transfer-Encoding: chunked",)) + bad)
        assert connection.read().status in (400, 413)
        assert connection.closed_by_peer()


def compressed(data, encoding="gzip"):
    return request("POST", "/?command=report", data, headers=(f"Content-Encoding: {encoding}",))


def test_a_gzip_body(daemon):
    mark = daemon.mark()
    assert daemon.ask(compressed(gzip.compress(b'{"login":"zipped"}'))).status == 200
    daemon.wait_for_line("login=zipped", since=mark)


def test_a_gzip_body_of_a_mebibyte(daemon):
    assert daemon.ask(compressed(gzip.compress(report_of(MIB)))).status == 200


@pytest.mark.parametrize("size", [MIB + 1, 200 * MIB])
def test_a_gzip_bomb_is_refused(daemon, size):
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(report_of(MIB)) + b"".join(packer.compress(b"x" * MIB) for _ in range(size // MIB)) + packer.flush()
    assert daemon.ask(compressed(bomb)).status == 413


@pytest.mark.parametrize("data", [gzip.compress(b'{"login":"x"}', mtime=0)[:-9], b"\x1f\x8b", b""], ids=["cut", "magic", "nothing"])
def test_what_is_no_gzip(daemon, data):
    assert daemon.ask(compressed(data)).status == 400


def test_plain_data_passes_as_the_original_let_it(daemon):
    assert daemon.ask(compressed(b'{"login":"x"}')).status == 200


def test_unknown_encodings(daemon):
    assert daemon.ask(compressed(b'{"login":"x"}', "br")).status in (400, 415)
    assert daemon.ask(compressed(b'{"login":"x"}', "identity")).status == 200


# --- depth ---


def nested(levels):
    """A report with `levels` lists in each other, inside its object."""
    return b'{"login":"deep","nested":' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize("field", [b"nested", b"attrs", b"t"])
def test_depth_of_200(daemon, field):
    answer = daemon.post("/?command=report", nested(200).replace(b"nested", field))
    assert answer.status == 200


@pytest.mark.parametrize("levels", [201, 1000, 500_000])
def test_deeper_is_refused(daemon, levels):
    answer = daemon.post("/?command=report", nested(levels))
    assert answer.status == 400
    assert answer.json()["reason"] == "exceeded maximum nesting depth"


@pytest.mark.parametrize("levels", [201, 500_000])
def test_depth_in_custom_endpoints(daemon, levels):
    answer = daemon.post("/command/custom", b"[" * levels)
    assert answer.status == 400
    assert answer.json()["success"] is False


# --- heads ---


def with_head_of(size):
    start = request("GET", "/livez")[:-2] + b"X-Pad: "
    return start + b"y" * (size - len(start) - 4) + b"\r\n\r\n"


def test_a_head_of_15_kib(daemon):
    assert daemon.ask(with_head_of(15 * 1024)).status == 200


@pytest.mark.parametrize("size", [17 * 1024, 64 * 1024, MIB])
def test_a_larger_head_is_refused(daemon, size):
    with daemon.connect() as connection:
        connection.send(with_head_of(size))
        assert connection.read().status == 431
        assert connection.closed_by_peer()


def test_a_head_that_never_ends(daemon):
    with daemon.connect() as connection:
        connection.send(b"GET /livez HTTP/1.1\r\nX: ")
        with pytest.raises((Closed, AssertionError)):
            for _ in range(200):
                connection.send(b"y" * 65536)
                assert connection.silent(0.01)
    assert daemon.get("/livez").status == 200


def test_many_small_headers(daemon):
    answer = daemon.ask(request("GET", "/livez", headers=[f"A{number}: b" for number in range(500)]))
    assert answer.status in (200, 431)


def test_slow_heads_in_parallel_with_others(daemon):
    """A byte a second, from many sides; others notice nothing, and the slow are cut off."""
    slow = [daemon.connect() for _ in range(20)]
    try:
        for connection in slow:
            connection.send(b"G")
        deadline, sent = Deadline(16), b"ET /livez HTTP/1.1\r\nX-Pad: " + b"y" * 100
        open_ones = list(slow)
        for byte in sent:
            for connection in open_ones:
                connection.send(bytes([byte]))
            second = Deadline(1)
            while not second.over:
                assert daemon.get("/livez", auth=None, timeout=2).status == 200
                assert daemon.report(login="x").status == 200
            open_ones = [connection for connection in open_ones if connection.silent(0.001)]
            if not open_ones:
                break
            assert not deadline.over, "still open"
    finally:
        for connection in slow:
            connection.close()


def test_a_client_that_does_not_read(daemon):
    """Its answers pile up, and nobody else waits for it."""
    with daemon.connect(timeout=0.2) as deaf:
        asked = request("GET", "/metrics") * 50
        for _ in range(20):
            try:
                deaf.send(asked)
            except TimeoutError:
                break
        for _ in range(20):
            assert daemon.get("/livez", auth=None, timeout=2).status == 200
