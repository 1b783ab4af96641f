# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.x by the byte: send what you like, read exactly one answer, see whether the connection stays.

http.client is too helpful for this: it hides the order of headers, repairs requests and reconnects.
"""

import gzip
import json
import socket

from .waiting import Deadline, patient


class Closed(Exception):
    """The server closed, or reset, where an answer was due. `partial` is what came before."""

    def __init__(self, partial=b""):
        super().__init__(f"closed after {partial[:200]!r}")
        self.partial = partial


class Response:
    """One answer, headers in their order."""

    def __init__(self, version, status, reason, headers):
        self.version = version
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = b""

    def header(self, name):
        """The value of a header by its name in any case, or None."""
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    def json(self):
        return json.loads(self.body)

    def text(self):
        body = gzip.decompress(self.body) if self.header("content-encoding") == "gzip" else self.body
        return body.decode("utf-8")

    def says_close(self):
        return (self.header("connection") or "").lower() == "close"

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:500]!r}>"


class ResponseReader:
    """Takes answers off a byte stream. `receive` returns the next bytes, b"" at the end."""

    def __init__(self, receive):
        self._receive = receive
        self._buffer = b""
        self._ended = False

    def buffered(self):
        return self._buffer

    def _more(self):
        if self._ended:
            raise Closed(self._buffer)
        data = self._receive()
        if not data:
            self._ended = True
            raise Closed(self._buffer)
        self._buffer += data

    def _take(self, count):
        while len(self._buffer) < count:
            self._more()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _take_line(self):
        while b"\r\n" not in self._buffer:
            self._more()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def read(self, head=False):
        """The next answer; `head`: it answers a HEAD request and has no body."""
        version, status, *reason = self._take_line().decode("latin-1").split(" ", 2)
        headers = []
        while line := self._take_line():
            name, value = line.decode("latin-1").split(":", 1)
            headers.append((name, value.strip()))
        response = Response(version, int(status), reason[0] if reason else "", headers)
        if not head and response.status >= 200 and response.status != 204:
            response.body = self._read_body(response)
        return response

    def _read_body(self, response):
        if (response.header("transfer-encoding") or "").lower() == "chunked":
            return self._read_chunks()
        length = response.header("content-length")
        if length is not None:
            return self._take(int(length))
        try:
            while True:
                self._more()
        except Closed:
            body, self._buffer = self._buffer, b""
            return body

    def _read_chunks(self):
        body = b""
        while size := int(self._take_line().split(b";")[0], 16):
            body += self._take(size)
            self._take_line()
        while self._take_line():
            pass
        return body


def parse_responses(data, heads=()):
    """All answers of a captured stream; `heads` are the indices of those to a HEAD request."""
    pieces = [data]
    reader = ResponseReader(lambda: pieces.pop() if pieces else b"")
    responses = []
    while True:
        try:
            responses.append(reader.read(head=len(responses) in heads))
        except Closed as closed:
            assert not closed.partial, f"a capture that does not parse: {closed.partial[:200]!r}"
            return responses


class HttpConnection:
    """A connection that does nothing by itself. Usable as a context manager."""

    def __init__(self, address, timeout=10, tls=None, server_name=None):
        self._timeout = timeout
        self._socket = socket.create_connection(address, timeout=patient(timeout))
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname=server_name)
        self._reader = ResponseReader(self._receive)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def _receive(self):
        try:
            return self._socket.recv(65536)
        except ConnectionError:
            return b""

    def send(self, data):
        """Sends all of it, as far as the server takes it: one that refuses a large body may close early."""
        try:
            self._socket.sendall(data)
        except ConnectionError:
            pass

    def finish_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def read(self, head=False):
        return self._reader.read(head)

    def ask(self, data, head=False):
        self.send(data)
        return self.read(head)

    def closed_by_peer(self, timeout=5):
        """Whether the server closes within the time, without sending anything more."""
        return self._next_bytes(timeout) == b""

    def silent(self, timeout=0.3):
        """Whether nothing comes, and the connection stays open."""
        return self._next_bytes(timeout) is None

    def _next_bytes(self, timeout):
        if self._reader.buffered():
            return self._reader.buffered()
        deadline = Deadline(timeout)
        self._socket.settimeout(max(deadline.left, 0.001))
        try:
            return self._receive()
        except TimeoutError:
            return None
        finally:
            self._socket.settimeout(patient(self._timeout))


BASIC_AUTH = "Authorization: Basic Zm9vOnN1cGVy"  # foo:super


def request(method, target, body=None, headers=(), auth=BASIC_AUTH, version="HTTP/1.1"):
    """The bytes of an ordinary request; a body brings its Content-Length."""
    lines = [f"{method} {target} {version}", "Host: trackalert"]
    if auth:
        lines.append(auth)
    lines += headers
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")
