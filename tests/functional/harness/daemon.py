# SPDX-License-Identifier: Apache-2.0
"""The daemon under test: started with a configuration of its own, watched through its log, stopped and judged."""

import collections
import functools
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

from . import captures
from .ports import free_port
from .waiting import Deadline, eventually, patient, pause
from .wire_console import ConsoleConnection
from .wire_http import BASIC_AUTH, Closed, HttpConnection, request

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]

SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak|Memory)Sanitizer|WARNING: ThreadSanitizer|: runtime error: |"
    r"terminate called|free\(\): |malloc\(\): |double free|stack smashing"
)

# A daemon with everything to talk to it. @HTTP@ and @CONTROL@ become addresses with free ports.
BASE = f"""
addListener("@HTTP@", false, "", "", {{}})
setWebserverPassword("{captures.PASSWORD}")
setKey("{captures.CONSOLE_KEY}")
controlSocket("@CONTROL@")
"""

# The answer to a report waits for its Lua function, as in the original.
ANSWER_WHEN_DONE = 'setReportAnswer("done")\n'

# POST {"attrs": {"code": ...}} to "ev" and a worker state runs it.
EVALUATE = """
setCustomEndpoint("ev", function(args)
  local f, err = loadstring(args.attrs.code)
  if not f then return false, { err = err } end
  local ok, r = pcall(f, args)
  return ok, { r = tostring(r) }
end)
"""


def binary_path():
    """The binary under test, absolute."""
    path = os.environ.get("TRACKALERT_BINARY", "build/release/src/app/trackalert")
    return (REPOSITORY / path).resolve()


@functools.cache
def is_sanitized():
    """Whether a sanitizer is built into the binary: it keeps what was freed, so its memory says nothing."""
    code = binary_path().read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code


def main_conf(receiver_port=1, refused_port=1):
    """The configuration of the captures, its addresses replaced."""
    text = (captures.FIXTURES / "main.conf").read_text("utf-8")
    for old, new in (
        ("127.0.0.1:18085", "@HTTP@"),
        ("127.0.0.1:14005", "@CONTROL@"),
        ("127.0.0.1:18199", f"127.0.0.1:{receiver_port}"),
        ("127.0.0.1:18198", f"127.0.0.1:{refused_port}"),
        ("FIXTURES/", f"{captures.FIXTURES}/"),
    ):
        text = text.replace(old, new)
    return text


class Lines:
    """The lines of a pipe as they come; any thread may wait for one."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._lines = []
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._pipe:
            with self._changed:
                self._lines.append(line.decode("utf-8", "surrogateescape").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._pipe.close()

    def __len__(self):
        with self._changed:
            return len(self._lines)

    def snapshot(self, since=0):
        with self._changed:
            return self._lines[since:]

    def wait_for(self, pattern, timeout, since=0):
        """The first match at or behind line `since`, or None once the time or the pipe is over."""
        deadline = Deadline(timeout)
        at = since
        with self._changed:
            while True:
                for line in self._lines[at:]:
                    if found := pattern.search(captures.message(line)):
                        return found
                at = max(at, len(self._lines))
                if self._ended or deadline.over:
                    return None
                self._changed.wait(deadline.left)

    def wait_for_end(self, timeout=10):
        """All lines, once the other side has closed."""
        self._reader.join(patient(timeout))
        return self.snapshot()


class Daemon:
    """One run of the binary. `start()` it, or let the `launch` fixture do it and clean up."""

    def __init__(self, directory, config, options=("-D",), env=None, config_name="trackalert.conf", prefix=()):
        self.directory = pathlib.Path(directory)
        self.http = ("127.0.0.1", free_port())
        self.control = ("127.0.0.1", free_port())
        self.config_file = self.directory / config_name
        self.write_config(config)
        self.command = [*prefix, str(binary_path()), "-C", str(self.config_file), *options]
        self._env = {**os.environ, **(env or {})}
        self.process = None
        self.out = None
        self.err = None
        self.judged = False  # whether somebody looked at the exit status

    # --- life ---

    def write_config(self, config):
        """Puts `config` where the daemon reads it, addresses filled in."""
        text = config.replace("@HTTP@", "%s:%d" % self.http).replace("@CONTROL@", "%s:%d" % self.control)
        text = text.replace("@HTTP_PORT@", str(self.http[1]))
        fresh = self.config_file.with_suffix(".new")
        fresh.write_bytes(text.encode("utf-8", "surrogateescape"))
        fresh.replace(self.config_file)  # a daemon that reads it meanwhile sees the old or the new one, whole

    def start(self, stdin=subprocess.DEVNULL):
        self.judged = False
        self.process = subprocess.Popen(
            self.command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._env
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)
        return self

    def wait_ready(self, timeout=15):
        """Until an HTTP request is answered as in service. 401 counts: the ACL may not let us in."""
        deadline = Deadline(timeout)
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with status {self.process.returncode} at start\n{self.transcript()}")
            try:
                with HttpConnection(self.http, timeout=2) as connection:
                    if connection.ask(request("GET", "/readyz", auth=None)).status in (200, 401):
                        return self
            except (OSError, Closed):
                pass
            if deadline.over:
                raise AssertionError(f"not ready in {timeout} s\n{self.transcript()}")
            pause()

    def signal(self, number):
        self.process.send_signal(number)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_exit(self, timeout=20):
        """The exit status; a daemon that does not end is killed and fails the test."""
        try:
            status = self.process.wait(patient(timeout))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.judged = True
            raise AssertionError(f"still running after {timeout} s\n{self.transcript()}") from None
        self.judged = True
        self.out.wait_for_end()
        self.err.wait_for_end()
        self.check_no_sanitizer_report()
        return status

    def stop(self):
        """SIGTERM, a graceful end, status 0."""
        if self.running():
            self.signal(signal.SIGTERM)
        status = self.wait_exit()
        assert status == 0, f"exit status {status}\n{self.transcript()}"

    def check_no_sanitizer_report(self):
        for line in self.out.snapshot() + self.err.snapshot():
            assert not SANITIZER_REPORT.search(line), self.transcript()

    # --- what it says ---

    def transcript(self):
        return "--- stdout\n" + "\n".join(self.out.snapshot()) + "\n--- stderr\n" + "\n".join(self.err.snapshot())

    def messages(self, since=0):
        """The log so far, times removed."""
        return [captures.message(line) for line in self.out.snapshot(since)]

    def mark(self):
        """Where the log stands, for `since`."""
        return len(self.out)

    def wait_for_line(self, pattern, timeout=10, since=0):
        """The match of a log line that has come, or comes in time."""
        found = self.out.wait_for(re.compile(pattern), timeout, since)
        assert found, f"no line like {pattern!r} in {timeout} s\n{self.transcript()}"
        return found

    # --- talking to it ---

    def connect(self, timeout=10):
        return HttpConnection(self.http, timeout)

    def ask(self, data, head=False, timeout=10):
        """One request on a connection of its own."""
        with self.connect(timeout) as connection:
            return connection.ask(data, head)

    def get(self, target, auth=BASIC_AUTH, **kwargs):
        return self.ask(request("GET", target, auth=auth), **kwargs)

    def post(self, target, body=b"{}", auth=BASIC_AUTH, **kwargs):
        """`body` as bytes, or anything JSON can say."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(request("POST", target, data, auth=auth), **kwargs)

    def report(self, **fields):
        return self.post("/?command=report", fields)

    def evaluate(self, code, timeout=10):
        """Runs `code` in a worker state, through EVALUATE: (success, text)."""
        answer = self.post("/command/ev", {"attrs": {"code": code}}, timeout=timeout)
        assert answer.status == 200, answer
        answer = json.loads(answer.body.decode("utf-8", "surrogateescape"))
        return answer["success"], answer["r_attrs"].get("r", answer["r_attrs"].get("err"))

    def console(self, command, key=captures.CONSOLE_KEY):
        """One command on a console connection of its own."""
        with ConsoleConnection(self.control, key) as console:
            return console.run(command)

    def metrics(self):
        """The samples of /metrics: {'name{labels}': value}."""
        samples = {}
        for line in self.get("/metrics").text().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096 / 2**20

    def wait_for_metric(self, name, value, timeout=10):
        return eventually(lambda: self.metrics().get(name) == value, timeout, f"{name} {value}")


class NotifySocket:
    """Stands in for systemd's end of sd_notify(3)."""

    def __init__(self, directory):
        self.path = str(pathlib.Path(directory) / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self.seen = collections.deque()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def wait_for(self, state, timeout=15):
        """Takes messages until one carries the line `state`."""
        deadline = Deadline(timeout)
        while state not in self.seen:
            self._socket.settimeout(max(deadline.left, 0.001))
            try:
                self.seen.extend(self._socket.recv(4096).decode().splitlines())
            except TimeoutError:
                raise AssertionError(f"no {state} in {timeout} s, only {list(self.seen)}") from None
