# SPDX-License-Identifier: Apache-2.0
"""A web server that records what is posted to it, and answers as its path asks."""

import http.server
import threading

from .ports import free_port
from .waiting import Deadline


class Received:
    """One request, headers in their order and case."""

    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    def header(self, name):
        return dict(self.headers).get(name)

    def __repr__(self):
        return f"<{self.method} {self.path} {self.headers} {self.body[:200]!r}>"


class WebhookReceiver:
    """Answers /statusNNN with NNN, /hold once release() was called, anything else with what `status` is: 200."""

    def __init__(self, tls=None):
        self.port = free_port()
        self.requests = []
        self.held = 0
        self.status = 200
        self.answer = b""  # the body of every answer
        self._changed = threading.Condition()
        self._released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver._handle(self)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # clients of these tests come and go; what matters is what was received

        self._server = Server(("127.0.0.1", self.port), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def _handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        received = Received(handler.command, handler.path, handler.headers.items(), body)
        if handler.path.startswith("/hold"):
            with self._changed:
                self.held += 1
                self._changed.notify_all()
            self._released.wait()
        with self._changed:
            self.requests.append(received)
            self._changed.notify_all()
        status = int(handler.path[7:10]) if handler.path.startswith("/status") else self.status
        handler.send_response(status)
        if status in (301, 302, 307, 308):
            handler.send_header("Location", self.url("/redirected"))
        handler.send_header("Content-Length", str(len(self.answer)))
        handler.end_headers()
        handler.wfile.write(self.answer)

    def release(self):
        """Lets go of the requests to /hold, and holds none any more."""
        self._released.set()

    def wait_for_held(self, count=1, timeout=10):
        self._wait(lambda: self.held >= count, timeout, f"{count} held")

    def wait_for(self, count, timeout=10):
        """The first `count` requests."""
        self._wait(lambda: len(self.requests) >= count, timeout, f"{count} requests")
        return self.requests[:count]

    def _wait(self, condition, timeout, what):
        deadline = Deadline(timeout)
        with self._changed:
            while not condition():
                assert not deadline.over, f"not {what} in {timeout} s: {self.requests}"
                self._changed.wait(deadline.left)
