# SPDX-License-Identifier: Apache-2.0
"""The 174 captured HTTP exchanges: methods, paths, credentials, framing, routing, limits."""

import contextlib
import json
import os
import pathlib
import re

import pytest

import differences
from harness import captures
from harness.daemon import main_conf
from harness.wire_http import Closed, parse_responses, request

CASES = {case["name"]: case for case in captures.load("http-protocol.json")}
JSON_TYPE = "application/json; charset=utf-8"


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(main_conf())


@pytest.mark.parametrize("name", CASES)
def test_captured_exchange(daemon, name):
    case = CASES[name]
    sent = captures.whole_request(case["request"])
    head = sent.startswith(b"HEAD")
    expected = parse_responses(captures.raw(case["response"]), heads=(0,) if head else ())
    difference = differences.HTTP_PROTOCOL.get(name)
    with daemon.connect() as connection:
        connection.send(sent)
        if not expected:  # the original waited for more
            check_unanswered(connection, difference)
            return
        for answer in expected[:-1]:
            check(connection.read(head), answer)
        last = connection.read(head)
        if difference:
            check_difference(last, expected[-1], difference)
        else:
            check(last, expected[-1])
        closes = "<<CLOSED>>" in case["response"] or last.says_close()
        if difference and difference.closes is not None:
            closes = difference.closes
        check_end(connection, closes)


def check_unanswered(connection, difference):
    if difference.silent and connection.silent():
        return
    assert connection.read().status in difference.status
    assert connection.closed_by_peer()


def check_end(connection, closes):
    if closes:
        assert connection.closed_by_peer()
    else:  # still in step: no byte too many, none too few
        assert connection.ask(request("GET", "/command/livez")).status == 200


def check(answer, expected):
    assert answer.status == expected.status
    assert answer.version == expected.version
    check_body(answer, expected)
    check_headers(answer, expected)


def check_difference(answer, expected, difference):
    assert answer.status in difference.status
    if difference.body is not None:
        assert answer.body == difference.body
        assert answer.header("content-type") == JSON_TYPE
    elif difference.reason is not None:
        body = answer.json()
        assert body["status"] == "failure"
        assert re.search(difference.reason, body["reason"])
        assert answer.header("content-type") == JSON_TYPE
    if answer.status == 401:
        assert answer.header("www-authenticate") == 'basic realm="wforce"'
    if answer.status == 200 == expected.status:
        check_body(answer, expected)


def check_body(answer, expected):
    if expected.status in (400, 403, 413):
        return  # may say more than the original, which said nothing
    if expected.body.startswith(b"{\"perfstats\""):
        check_stats(answer.json(), json.loads(expected.body))
    elif (expected.header("content-type") or "").startswith("text/plain"):
        check_families(answer)
    else:
        assert answer.body == expected.body


def check_stats(stats, expected):
    assert expected.keys() <= stats.keys()
    assert expected["perfstats"].keys() == stats["perfstats"].keys()
    for value in (*stats["perfstats"].values(), stats["reports"], stats["uptime"], stats["sys-msec"], stats["user-msec"]):
        assert isinstance(value, int)


def check_families(answer):
    if answer.body:  # none for HEAD
        assert "# TYPE trackalert_commands_total counter\n" in answer.text()


def check_headers(answer, expected):
    if expected.body.startswith(b"{"):
        assert answer.header("content-type") == JSON_TYPE
    elif (expected.header("content-type") or "").startswith("text/plain"):
        assert answer.header("content-type") == "text/plain; charset=utf-8"
    if expected.status not in (400, 403, 413):
        assert answer.header("www-authenticate") == expected.header("www-authenticate")
    connection = (expected.header("connection") or "").lower()
    if connection:
        assert (answer.header("connection") or "").lower() == connection
    else:
        assert not answer.says_close()
    if expected.header("content-length") in ("0", "42", "45"):  # those of fixed bodies; seen without one after HEAD
        assert answer.header("content-length") == expected.header("content-length")


def test_head_announces_the_length_of_get(daemon):
    get = daemon.get("/?command=nothing")
    head = daemon.ask(request("HEAD", "/?command=nothing"), head=True)
    assert head.header("content-length") == get.header("content-length") == str(len(get.body))


@pytest.mark.parametrize("target", ["/livez", "/readyz", "/command/livez", "/api/openapi.json"])
def test_who_asks_without_a_password_sends_no_large_body(daemon, target):
    for headers, body in [(("Content-Length: 1025",), b""), (("Transfer-Encoding: chunked",), b"401\r\n" + b"x" * 1025)]:
        with daemon.connect() as connection:
            assert connection.ask(request("GET", target, headers=headers, auth=None) + body).status == 413
    assert daemon.ask(request("GET", target, b"x" * 1024, auth=None)).status == 200


@pytest.mark.parametrize("target", ["/livez", "/readyz"])
def test_probes_at_top_level_need_no_password(daemon, target):
    answer = daemon.get(target, auth=None)
    assert (answer.status, answer.body) == (200, b"")
    assert daemon.post(target, auth=None).status in (404, 405)


@pytest.mark.parametrize("target", ["/trackalert.conf", "/secret.txt", "/index.html", "/./secret.txt", "/%2e/secret.txt"])
def test_no_file_is_served(daemon, target):
    (daemon.directory / "secret.txt").write_text("secret")
    (daemon.directory / "index.html").write_text("secret")
    for auth in (None, "Authorization: Basic Zm9vOnN1cGVy"):
        answer = daemon.get(target, auth=auth)
        assert answer.status in (403, 404)
        assert b"secret" not in answer.body


def test_headers_of_answers(daemon):
    answer = daemon.get("/?command=stats")
    names = [name for name, _ in answer.headers]
    assert names == [name.lower() for name in names]
    assert len(names) == len(set(names))
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.header("date"))
    assert answer.header("server")


def test_pipelined_requests_are_answered_in_order(daemon):
    targets = ["/command/livez", "/nothing", "/command/stats", "/command/readyz"] * 50
    statuses = {"/command/livez": 200, "/nothing": 404, "/command/stats": 200, "/command/readyz": 200}
    with daemon.connect() as connection:
        connection.send(b"".join(request("GET", target) for target in targets))
        assert [connection.read().status for _ in targets] == [statuses[target] for target in targets]


@pytest.mark.parametrize(
    "extra",
    [
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Content-Length: +2",),
        ("Content-Length: 0x2",),
        ("Content-Length: 99999999999999999999",),
        ("Transfer-Encoding: chunked, gzip",),
        ("Transfer-Encoding: xchunked",),
        ("Content-Length: 2, 3",),
        ("Content-Length: 2 2",),
        ("Content-Length : 2",),
        ("Content-Length:",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding: \x0bchunked",),
        ("Transfer-Encoding: chunked\x00",),
        ("Transfer-Encoding: chunked, chunked",),
        ("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
        ("X: y\nTransfer-Encoding: chunked",),
        ("X: y\rTransfer-Encoding: chunked",),
        ("Bad Header: x",),
        (" folded: x",),
    ],
)
def test_ambiguous_framing_is_refused(daemon, extra):
    """What two parsers could read in two ways is the stuff of request smuggling."""
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", headers=extra) + b"{}")
        answer = connection.read()
        assert 400 <= answer.status < 502 and answer.status not in (401, 404)
        assert connection.closed_by_peer()


def process_age_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return float(pathlib.Path("/proc/uptime").read_text().split()[0]) - started


@pytest.mark.parametrize(
    "body",
    [
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"+2\r\n{}\r\n0\r\n\r\n",
        b"2\n{}\n0\n\n",
        b"2;a\nb\r\n{}\r\n0\r\n\r\n",
        b"10000000000000002\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}x\r\n0\r\n\r\n",
        b"\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_ambiguous_chunks_are_refused(daemon, body):
    smuggled = request("POST", "/?command=report", b'{"login":"smuggled"}')
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", headers=("Transfer-Encoding: chunked",)) + body + smuggled)
        assert connection.read().status in (400, 413)
        assert connection.closed_by_peer()


def test_a_trailer_is_no_header(daemon):
    """Nor does an extension of a chunk mean anything: the request ends where it says, and the next is its own."""
    trailer = b"2;a=b\r\n{}\r\n0\r\nContent-Length: 1000\r\nAuthorization: Basic eDp4\r\n\r\n"
    with daemon.connect() as connection:
        connection.send(request("POST", "/?command=report", headers=("Transfer-Encoding: chunked",)) + trailer)
        connection.send(request("GET", "/command/livez"))
        assert connection.read().status == 400, "the report of {} itself"
        assert connection.read().status == 200


def test_uptime_is_that_of_the_process(daemon):
    uptime = daemon.get("/?command=stats").json()["uptime"]
    assert abs(process_age_seconds(daemon.process.pid) - uptime) <= 2


@pytest.mark.parametrize("target, shown", [("/?command=stats", "/"), ("/command/stats", "/command/stats")])
def test_failed_authentication_is_logged_without_the_credentials(daemon, target, shown):
    mark = daemon.mark()
    assert daemon.get(target, auth="Authorization: Basic d2hvOndyb25ncGFzcw==").status == 401
    daemon.wait_for_line(
        rf'^WforceWebserver: HTTP\(S\) Request "{shown}" from 127\.0\.0\.1:\d+: Web Authentication failed$', since=mark
    )
    text = "\n".join(daemon.messages(mark))
    assert "wrongpass" not in text and "d2hvOndyb25ncGFzcw" not in text


def test_a_password_with_a_colon_works(launch):
    daemon = launch('addListener("@HTTP@", false, "", "", {})\nsetWebserverPassword("a:b:c")\n')
    good = "Authorization: Basic Zm9vOmE6Yjpj"  # foo:a:b:c
    assert daemon.get("/?command=stats", auth=good).status == 200
    for bad in ("Zm9vOmE=", "Zm9vOmE6Yg==", "Zm9vOmI6Yw==", "Zm9vOg==", "Zm9vOmE6YjpjOg=="):
        assert daemon.get("/?command=stats", auth=f"Authorization: Basic {bad}").status == 401


def test_without_a_password_nobody_gets_in(launch):
    daemon = launch('addListener("@HTTP@", false, "", "", {})\n')
    for auth in (None, "Authorization: Basic Zm9vOg==", "Authorization: Basic Og==", "Authorization: Basic "):
        assert daemon.get("/?command=stats", auth=auth).status == 401
    assert daemon.get("/livez", auth=None).status == 200


def test_connections_over_the_limit(launch):
    """Those that have shown the password stay, and the new one is reset; of the others the oldest makes room."""
    daemon = launch(main_conf() + "setMaxWebserverConns(3)\n", wait=False)
    daemon.wait_for_line("Starting webserver")
    stats = request("GET", "/?command=stats")
    with contextlib.ExitStack() as stack:
        stranger = stack.enter_context(daemon.connect())
        assert stranger.ask(request("GET", "/livez", auth=None)).status == 200
        held = [stack.enter_context(daemon.connect()) for _ in range(2)]
        for connection in held:
            assert connection.ask(stats).status == 200
        held.append(stack.enter_context(daemon.connect()))
        assert held[-1].ask(stats).status == 200
        assert stranger.closed_by_peer()
        # The reset may come before connecting has returned.
        with pytest.raises((Closed, ConnectionResetError)), daemon.connect() as refused:
            refused.ask(stats)
        for connection in held:  # those inside are not hurt
            assert connection.ask(stats).status == 200
