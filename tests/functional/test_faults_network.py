# SPDX-License-Identifier: Apache-2.0
"""Receivers that hang, look-ups that hang, answers without end: they cost their own time limit and nobody else's."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time

import pytest

from harness.daemon import BASE, EVALUATE
from harness.history import remember, total
from harness.waiting import eventually, patient
from test_channels import RAISING, raise_alert

SILENT = "127.99.99.99"


class Peer:
    """Takes connections; `speak(connection)` runs for each in a thread of its own until the end of the test."""

    def __init__(self, speak):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.taken = 0
        self.over = threading.Event()
        self._speak = speak
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self.taken += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            self._speak(self, connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self._listener.close()


def says_nothing(peer, _):
    peer.over.wait()


def endless_body(peer, connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not peer.over.is_set():
        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def endless_head(peer, connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not peer.over.is_set():
        connection.sendall(b"X-Pad: " + b"x" * 8000 + b"\r\n")


def greets_and_stops(peer, connection):
    connection.sendall(b"220 mail.example ESMTP\r\n")
    peer.over.wait()


def endless_greeting(peer, connection):
    while not peer.over.is_set():
        connection.sendall(b"220-mail.example and so on\r\n" * 100)


@pytest.mark.parametrize("speak", [endless_body, endless_head])
def test_an_answer_without_end(launch, receiver, speak):
    with Peer(speak) as peer:
        hooks = f"""
addCustomWebHook("endless", {{ url="http://127.0.0.1:{peer.port}/" }})
addCustomWebHook("good", {{ url="{receiver.url('/good')}" }})
setWebHookTimeoutSecs(60)
"""
        daemon = launch(BASE + EVALUATE + hooks)
        before = daemon.resident_mb()
        daemon.evaluate('for i = 1, 8 do runCustomWebHook("endless", "x") end runCustomWebHook("good", "x")')
        receiver.wait_for(1)
        daemon.wait_for_line("^Webhook id=1 failed to url .*", timeout=20)
        assert daemon.resident_mb() - before < 50


@pytest.mark.parametrize("speak", [says_nothing, endless_body])
def test_a_channel_whose_receiver_hangs(launch, receiver, speak):
    with Peer(speak) as peer:
        channels = f"""
addAlertChannel("stuck", "webhook", {{ url = "http://127.0.0.1:{peer.port}/", timeout = "2s" }})
addAlertChannel("good", "webhook", {{ url = "{receiver.url('/good')}" }})
"""
        daemon = launch(RAISING + channels)
        for number in range(5):
            raise_alert(daemon, f"user{number}")
        receiver.wait_for(5)
        daemon.wait_for_line("^Channel stuck fails, its alerts wait and are tried again: ", timeout=20)
        assert sum("Channel stuck fails" in line for line in daemon.messages()) == 1
        begin = time.monotonic()
        daemon.stop()
        assert time.monotonic() - begin < patient(12)


@pytest.mark.parametrize("speak", [says_nothing, greets_and_stops, endless_greeting])
def test_a_mail_server_that_hangs(launch, receiver, speak):
    """Reports, other channels and the end of the daemon do not wait for it; the mail waits."""
    with Peer(speak) as peer:
        channels = f"""
setShutdownTimeoutSecs(2)
addAlertChannel("mail", "email", {{ smtp = "smtp://127.0.0.1:{peer.port}", from = "a@example.com", to = "b@example.com" }})
addAlertChannel("good", "webhook", {{ url = "{receiver.url('/good')}" }})
"""
        daemon = launch(RAISING + channels)
        raise_alert(daemon, "ann")
        eventually(lambda: peer.taken)
        receiver.wait_for(1)
        for number in range(20):
            remember(daemon, f"user{number}")
        raise_alert(daemon, "bob")
        receiver.wait_for(2)
        begin = time.monotonic()
        daemon.stop()
        assert time.monotonic() - begin < patient(10)
        daemon.start().wait_ready()
        daemon.wait_for_metric('trackalert_alerts_waiting{channel="mail"}', 2)
        assert total(daemon) == 22


@pytest.fixture
def hung_resolver(tmp_path):
    """A command's prefix under which every look-up goes to a name server that never answers."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind((SILENT, 53))
    except OSError:
        pytest.skip("may not listen on port 53")
    conf = tmp_path / "resolv.conf"
    conf.write_text(f"nameserver {SILENT}\noptions timeout:30 attempts:5\n")
    prefix = ["unshare", "--map-root-user", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(conf)]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs a mount namespace")
    with server:
        yield prefix, server


def test_a_look_up_that_hangs(launch, receiver, hung_resolver):
    prefix, server = hung_resolver
    config = f"""
setShutdownTimeoutSecs(2)
setWebHookTimeoutSecs(2)
addCustomWebHook("lost", {{ url="http://nowhere.example/" }})
addCustomWebHook("good", {{ url="{receiver.url('/good')}" }})
addAlertChannel("lost", "webhook", {{ url = "http://nowhere.example/", timeout = "2s" }})
addAlertChannel("mail", "email", {{ smtp = "smtp://nowhere.example", from = "a@example.com", to = "b@example.com" }})
addAlertChannel("good", "webhook", {{ url = "{receiver.url('/channel')}" }})
"""
    daemon = launch(RAISING + config, prefix=prefix)
    daemon.evaluate('runCustomWebHook("lost", "x")')
    server.settimeout(patient(10))
    assert server.recv(512), "it was asked"
    raise_alert(daemon, "ann")
    daemon.evaluate('runCustomWebHook("good", "x")')
    assert {received.path for received in receiver.wait_for(2)} == {"/good", "/channel"}
    daemon.wait_for_line(r"^Webhook id=1 failed to url \(http://nowhere.example/\): \[.*timed? ?out.*\]")
    daemon.wait_for_line("^Channel lost fails, its alerts wait and are tried again: ")
    mark = len(receiver.requests)
    daemon.evaluate('runCustomWebHook("lost", "x") runCustomWebHook("good", "x")')
    receiver.wait_for(mark + 1)  # while the thread of the first look-up still waits
    begin = time.monotonic()
    daemon.stop()
    assert time.monotonic() - begin < patient(10)
