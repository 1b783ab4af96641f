# SPDX-License-Identifier: Apache-2.0
"""The console protocol by the byte: 24-byte nonces exchanged, then secretbox frames with a 2-byte length."""

import base64
import os
import socket
import struct

from nacl import bindings

from .waiting import Deadline, patient

NONCE_BYTES = 24
MAC_BYTES = 16
MAX_PLAINTEXT = 65535 - MAC_BYTES


def merged(reader_nonce, writer_nonce):
    """The nonce of one direction: the reader's own first half and its peer's second half."""
    return reader_nonce[:12] + writer_nonce[12:]


def incremented(nonce):
    """The nonce of the next message: the first four bytes are a big-endian counter that wraps."""
    counter = (struct.unpack(">I", nonce[:4])[0] + 1) % 2**32
    return struct.pack(">I", counter) + nonce[4:]


def seal(plaintext, nonce, key):
    """A whole frame."""
    box = bindings.crypto_secretbox(plaintext, nonce, key)
    return struct.pack(">H", len(box)) + box


def unseal(frame, nonce, key):
    """The text of a whole frame; raises if it is not authentic."""
    (length,) = struct.unpack(">H", frame[:2])
    assert length == len(frame) - 2
    return bindings.crypto_secretbox_open(frame[2:], nonce, key)


class ConsoleConnection:
    """The client's side after the handshake. Every step can be done by hand to do it wrong."""

    def __init__(self, address, key_base64, nonce=None, timeout=20):
        self.key = base64.b64decode(key_base64)
        self.socket = socket.create_connection(address, timeout=patient(timeout))
        self.client_nonce = nonce or os.urandom(NONCE_BYTES)
        self.socket.sendall(self.client_nonce)
        self.server_nonce = self._exactly(NONCE_BYTES)
        self.read_nonce = merged(self.client_nonce, self.server_nonce)
        self.write_nonce = merged(self.server_nonce, self.client_nonce)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except ConnectionError:
                piece = b""
            if not piece:
                raise EOFError(f"the console closed after {len(data)} of {count} bytes")
            data += piece
        return data

    def send(self, command):
        """One command, str or bytes."""
        text = command.encode("utf-8", "surrogateescape") if isinstance(command, str) else command
        self.socket.sendall(seal(text, self.write_nonce, self.key))
        self.write_nonce = incremented(self.write_nonce)

    def receive_frame(self):
        head = self._exactly(2)
        return head + self._exactly(struct.unpack(">H", head)[0])

    def receive(self):
        """One answer, checked."""
        frame = self.receive_frame()
        text = unseal(frame, self.read_nonce, self.key)
        self.read_nonce = incremented(self.read_nonce)
        return text.decode("utf-8", "surrogateescape")

    def run(self, command):
        self.send(command)
        return self.receive()

    def closed_by_peer(self, timeout=5):
        deadline = Deadline(timeout)
        self.socket.settimeout(max(deadline.left, 0.001))
        try:
            return self.socket.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True
