# SPDX-License-Identifier: Apache-2.0
"""The console protocol on the wire."""

import base64
import os
import socket
import struct

import pytest
from nacl.exceptions import CryptoError

from harness import captures, wire_console
from harness.captures import CONSOLE_KEY
from harness.daemon import BASE
from harness.wire_console import MAX_PLAINTEXT, ConsoleConnection, incremented, merged, seal, unseal
from harness.waiting import Deadline, patient

SESSION = captures.load("console-session.json")
OTHER_KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(BASE)


@pytest.fixture
def console(daemon):
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        yield connection


def test_this_client_speaks_as_the_captured_session():
    """The tests below are worth what this client is worth."""
    key = base64.b64decode(SESSION["key_b64"])
    client, server = bytes.fromhex(SESSION["client_nonce_hex"]), bytes.fromhex(SESSION["server_nonce_hex"])
    write_nonce, read_nonce = merged(server, client), merged(client, server)
    assert write_nonce.hex() == SESSION["client_write_nonce_hex"]
    assert read_nonce.hex() == SESSION["client_read_nonce_hex"]
    for frame in SESSION["frames"]:
        assert write_nonce.hex() == frame["write_nonce_hex"]
        assert read_nonce.hex() == frame["read_nonce_hex"]
        assert seal(frame["command"].encode(), write_nonce, key).hex() == frame["sent_hex"]
        assert unseal(bytes.fromhex(frame["received_hex"]), read_nonce, key).decode() == frame["response"]
        write_nonce, read_nonce = incremented(write_nonce), incremented(read_nonce)


def test_captured_commands_in_one_session(console):
    for frame in SESSION["frames"]:
        answer = console.run(frame["command"])
        if "boom" in frame["command"] or frame["command"] in ("", 'return "x"'):
            assert answer == frame["response"]
        elif frame["command"] == "stats()":
            assert answer == "0 reports\n"


def test_an_empty_command_is_answered_by_an_empty_frame(console):
    for _ in range(3):
        console.send("")
        frame = console.receive_frame()
        assert len(frame) == 2 + 16
        assert unseal(frame, console.read_nonce, console.key) == b""
        console.read_nonce = incremented(console.read_nonce)
    assert console.run("return 5") == "5"


def test_the_server_waits_for_the_clients_nonce(daemon):
    with socket.create_connection(daemon.control, timeout=patient(10)) as raw:
        raw.settimeout(0.3)
        with pytest.raises(TimeoutError):
            raw.recv(1)
        raw.settimeout(patient(10))
        raw.sendall(os.urandom(24))
        assert len(raw.recv(24, socket.MSG_WAITALL)) == 24


def test_nonces_of_the_server_differ(daemon):
    seen = set()
    for _ in range(5):
        with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
            seen.add(connection.server_nonce)
    assert len(seen) == 5


def test_the_counter_of_a_nonce_wraps(daemon):
    """The client's first bytes start the counter of what the server sends."""
    with ConsoleConnection(daemon.control, CONSOLE_KEY, nonce=b"\xff" * 24) as connection:
        assert connection.read_nonce[:4] == b"\xff" * 4
        assert connection.run("return 1") == "1"
        assert connection.read_nonce[:4] == b"\0" * 4
        assert connection.run("return 2") == "2"


@pytest.mark.parametrize("length", [1, MAX_PLAINTEXT - 1, MAX_PLAINTEXT])
def test_answers_up_to_the_largest_frame(console, length):
    assert console.run(f'return string.rep("x", {length})') == "x" * length


@pytest.mark.parametrize("length", [MAX_PLAINTEXT + 1, 65536, 65537, 200_000, 5_000_000])
def test_longer_answers_are_cut_but_authentic(console, length):
    answer = console.run(f'return string.rep("x", {length})')
    assert 60_000 < len(answer) <= MAX_PLAINTEXT
    assert answer.startswith("x" * 60_000)
    assert console.run("return 5") == "5", "the session goes on"


def test_the_longest_command(console):
    command = b"return 7 --" + b"x" * (MAX_PLAINTEXT - 11)
    console.send(command)
    assert console.receive() == "7"


def test_a_nul_ends_the_command(console):
    console.send(b'return "a"\0 garbage')
    assert console.receive() == "a"


def test_bytes_pass_unchanged(console):
    text = bytes(range(128, 256)).decode("utf-8", "surrogateescape")
    assert console.run(f'return "{text}"') == text


def test_a_wrong_key_gets_no_answer(daemon):
    mark = daemon.mark()
    with ConsoleConnection(daemon.control, OTHER_KEY) as connection:
        connection.send("return 5")
        assert connection.closed_by_peer()
    daemon.wait_for_line("Could not decrypt", since=mark)


def frames_that_are_no_good(connection):
    good = seal(b"return 5", connection.write_nonce, connection.key)
    return {
        "a flipped bit": good[:-1] + bytes([good[-1] ^ 1]),
        "a flipped bit of the code": good[:2] + bytes([good[2] ^ 0x80]) + good[3:],
        "an empty frame without its code": struct.pack(">H", 16) + bytes(16),
        "shorter than its code": struct.pack(">H", 15) + bytes(15),
        "length zero": bytes(2),
        "the next nonce": seal(b"return 5", incremented(connection.write_nonce), connection.key),
        "the server's nonce": seal(b"return 5", connection.read_nonce, connection.key),
        "half a frame": good[:-3],
    }


@pytest.mark.parametrize(
    "kind",
    [
        "a flipped bit",
        "a flipped bit of the code",
        "an empty frame without its code",
        "shorter than its code",
        "length zero",
        "the next nonce",
        "the server's nonce",
        "half a frame",
    ],
)
def test_a_bad_frame_ends_the_session_without_an_answer(daemon, kind):
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        connection.socket.sendall(frames_that_are_no_good(connection)[kind])
        if kind == "half a frame":
            connection.socket.shutdown(socket.SHUT_WR)
        assert connection.closed_by_peer()
    assert daemon.console("return 5") == "5"


def test_a_replayed_frame_is_refused(daemon):
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        frame = seal(b"return 5", connection.write_nonce, connection.key)
        connection.socket.sendall(frame)
        assert connection.receive() == "5"
        connection.socket.sendall(frame)
        assert connection.closed_by_peer()


def test_several_commands_sent_at_once(console):
    for number in range(50):
        console.send(f"return {number}")
    assert [console.receive() for _ in range(50)] == [str(number) for number in range(50)]


def test_sessions_do_not_disturb_each_other(daemon):
    sessions = [ConsoleConnection(daemon.control, CONSOLE_KEY) for _ in range(5)]
    try:
        for turn in range(3):
            for number, session in enumerate(sessions):
                assert session.run(f"return {number * 10 + turn}") == str(number * 10 + turn)
    finally:
        for session in sessions:
            session.close()


def test_stalled_connections_are_closed_and_hold_nobody_up(launch):
    """Nothing at all, half a nonce, half a frame, all at once; meanwhile the console works."""
    daemon = launch(BASE)
    stalled = []
    try:
        for start in (b"", b"x" * 12):
            raw = socket.create_connection(daemon.control)
            raw.sendall(start)
            stalled.append(raw)
        half = ConsoleConnection(daemon.control, CONSOLE_KEY)
        half.socket.sendall(b"\x00\x20half")
        stalled.append(half.socket)
        for _ in range(20):  # more than a listen backlog or a small pool of threads would bear
            stalled.append(socket.create_connection(daemon.control))
        assert daemon.console("return 5") == "5"
        deadline = Deadline(15)
        for raw in stalled:
            raw.settimeout(max(deadline.left, 0.001))
            assert raw.recv(100) == b""
    finally:
        for raw in stalled:
            raw.close()
    assert daemon.console("return 6") == "6"


def test_connections_without_a_key_cannot_flood_the_log(launch):
    daemon = launch(BASE)
    for _ in range(300):
        with socket.create_connection(daemon.control) as connection:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(100):
                pass
    assert daemon.console("return 5") == "5"
    told = [line for line in daemon.messages() if "Got control connection" in line]
    assert 0 < len(told) <= 2 * 120  # for two minutes


def test_a_new_key_seals_the_answer_that_sets_it(launch):
    daemon = launch(BASE)
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        connection.send(f'setKey("{OTHER_KEY}") return "done"')
        connection.key = base64.b64decode(OTHER_KEY)
        assert connection.receive() == "done"
        assert connection.run("return 5") == "5"
    assert daemon.console("return 6", key=OTHER_KEY) == "6"


@pytest.mark.parametrize("key", ["YWJj", "", "!!!!", CONSOLE_KEY[:-1], CONSOLE_KEY + "AAAA", CONSOLE_KEY + "\\n"])
def test_a_bad_key_is_refused_and_the_old_one_stays(launch, key):
    daemon = launch(BASE)
    answer = daemon.console(f'setKey("{key}")')
    assert answer, "an answer says so"
    assert daemon.console(f'return tostring(setKey("{key}"))') == "false"
    assert daemon.console("return 5") == "5"


def test_no_control_socket_without_a_key(launch):
    daemon = launch('addListener("@HTTP@", false, "", "", {})\nsetWebserverPassword("super")\ncontrolSocket("@CONTROL@")\n')
    with pytest.raises(ConnectionRefusedError):
        ConsoleConnection(daemon.control, CONSOLE_KEY)
    assert any("key" in line.lower() for line in daemon.messages())


def test_shutdown_ends_the_daemon_without_an_answer(launch):
    daemon = launch(BASE)
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        connection.send("shutdown()")
        assert connection.closed_by_peer(timeout=15)
    assert daemon.wait_exit() == 0


def test_exit_from_the_console_ends_the_daemon(launch):
    """The original hung in the destruction of its statics."""
    daemon = launch(BASE)
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        connection.send("os.exit(0)")
        assert connection.closed_by_peer(timeout=15)
    assert daemon.wait_exit() == 0


def test_a_busy_session_survives_the_daemons_end(launch):
    daemon = launch(BASE)
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        assert connection.run("return 5") == "5"
        daemon.stop()
        assert connection.closed_by_peer()


def test_connections_are_logged(daemon):
    mark = daemon.mark()
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        host, port = connection.socket.getsockname()
        daemon.wait_for_line(f"^Got control connection from {host}:{port}$", since=mark)
    daemon.wait_for_line(f"^Closed control connection from {host}:{port}$", since=mark)


def test_a_frame_with_another_session_s_nonce_fails_in_this_client(daemon):
    """Guards this file: a client that accepted anything would prove nothing."""
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as connection:
        connection.send("return 5")
        frame = connection.receive_frame()
        with pytest.raises(CryptoError):
            wire_console.unseal(frame, incremented(connection.read_nonce), connection.key)
