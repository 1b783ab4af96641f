# SPDX-License-Identifier: Apache-2.0
"""Guessing the password of the HTTP API: slowed down for each source, without a hurt for who knows it."""

import base64
import signal
import socket

import pytest

from harness import captures
from harness.commands import trackalert
from harness.daemon import BASE
from harness.wire_http import HttpConnection, request

TO_SPARE = 20
STATS = "/?command=stats"


def basic(password):
    return "Authorization: Basic " + base64.b64encode(b"foo:" + password.encode()).decode()


class FromElsewhere(HttpConnection):
    """A client at another address of this machine."""

    def __init__(self, address, source):
        self._source = source
        super().__init__(address)
        self.close()
        self._socket = socket.create_connection(address, timeout=10, source_address=(source, 0))


@pytest.fixture(params=["plain", "hashed"])
def daemon(request, launch):
    if request.param == "plain":
        return launch(BASE)
    status, hashed, _ = trackalert(".", "--hash-password", stdin=captures.PASSWORD.encode() + b"\n")
    assert status == 0
    return launch(BASE.replace(captures.PASSWORD, hashed.strip()))


def test_guesses_are_slowed_down_for_their_source(daemon):
    with daemon.connect() as known:
        assert known.ask(request("GET", STATS)).status == 200
        assert known.ask(request("GET", STATS)).status == 200, "the second time with the password known at once"
        mark = daemon.mark()
        statuses = [daemon.get(STATS, auth=basic(f"guess{number}")).status for number in range(TO_SPARE + 10)]
        assert statuses == [401] * TO_SPARE + [429] * 10
        right = daemon.get(STATS)
        assert right.status == 429 and right.header("retry-after") == "10", "a right guess looks like any other"
        assert right.json() == {"status": "failure", "reason": "Too many wrong passwords from this address"}
        assert known.ask(request("GET", STATS)).status == 200, "who has proven to know it goes on"
        assert daemon.get("/livez", auth=None).status == 200, "what needs no password asks for none"
        assert daemon.get(STATS, auth=None).status == 401, "no guess"
        with FromElsewhere(daemon.http, "127.0.0.2") as other:
            assert other.ask(request("GET", STATS)).status == 200
            metrics = other.ask(request("GET", "/metrics")).text()
    assert "\ntrackalert_http_guesses_turned_away_total 11\n" in metrics
    daemon.wait_for_line("^WforceWebserver: too many wrong passwords from 127.0.0.1, ", since=mark)
    assert sum("too many wrong passwords" in line for line in daemon.messages()) == 1


def test_who_was_right_once_is_known(daemon):
    """Also where that took the slow check against a hash."""
    with daemon.connect() as known:
        assert known.ask(request("GET", STATS)).status == 200
        for number in range(TO_SPARE + 1):
            last = daemon.get(STATS, auth=basic(f"guess{number}")).status
        assert last == 429
        assert known.ask(request("GET", STATS)).status == 200


@pytest.mark.parametrize("how", ["console", "reload"])
def test_who_is_known_stays_known_after_a_command_or_a_reload(daemon, how):
    with daemon.connect() as known:
        for _ in range(2):
            assert known.ask(request("GET", STATS)).status == 200
        for number in range(TO_SPARE + 1):
            last = daemon.get(STATS, auth=basic(f"guess{number}")).status
        assert last == 429
        if how == "console":
            daemon.console("return 1")
        else:
            mark = daemon.mark()
            daemon.signal(signal.SIGHUP)
            daemon.wait_for_line("^The configuration was reloaded", since=mark)
        for _ in range(2):
            assert known.ask(request("GET", STATS)).status == 200


def test_another_password_is_in_force_after_a_reload(daemon):
    assert daemon.get(STATS).status == 200
    mark = daemon.mark()
    daemon.write_config(BASE.replace(captures.PASSWORD, "another"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("^The configuration was reloaded", since=mark)
    assert daemon.get(STATS).status == 401
    assert daemon.get(STATS, auth=basic("another")).status == 200


def test_a_connection_that_guesses_again_is_not_known_any_more(launch):
    daemon = launch(BASE)
    with daemon.connect() as connection:
        assert connection.ask(request("GET", STATS)).status == 200
        statuses = [connection.ask(request("GET", STATS, auth=basic("wrong"))).status for _ in range(TO_SPARE + 5)]
    assert statuses == [401] * TO_SPARE + [429] * 5
