# SPDX-License-Identifier: Apache-2.0
"""The servers and the load that benchmarks start, and the logins that they send."""

import contextlib
import http.client
import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time

PASSWORD = "secret"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
READY_SECONDS = 20  # for a server to answer after its start
SETTLE_SECONDS = 30  # for it to finish what it put off until after the answers
IDLE_SHARE = 0.02  # of one CPU: housekeeping; more than that is work
LOAD_SECONDS = 7200  # for one generator, all its turns
A_DAY = 86_400
A_MONDAY = 1_780_272_000  # 2026-06-01, 00:00 UTC

LISTENER = """addListener("@LISTEN@", false, "", "", {})
setWebserverPassword("@PASSWORD@")
setMaxWebserverConns(20000)
"""


class Failure(Exception):
    """Something that makes the figures worthless; its text is for the operator."""


def fill(text, values):
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def show_progress(text):
    """On the last line of a terminal, if there is one."""
    if sys.stderr.isatty():
        print(f"\r{text:<60}\r", end="", file=sys.stderr, flush=True)


def share_cpus(pin):
    """The CPUs of the servers and that of the generator: it has one for itself, if there are two and pinning is on."""
    cpus = sorted(os.sched_getaffinity(0))
    return (set(cpus[:-1]), {cpus[-1]}) if pin and len(cpus) > 1 else (set(cpus), set(cpus))


def start(arguments, cpus, **options):
    """A process that runs on these CPUs from its first moment: threads inherit them."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        return subprocess.Popen(arguments, **options)
    finally:
        os.sched_setaffinity(0, own)


class Server:
    """A server process in a directory of its own, for one round. Use as a context manager. `config`: its trackalert.conf, behind
    LISTENER. In it @LISTEN@, @PASSWORD@, @DIR@ and what `values` names are filled in, in the command @BINARY@ and @CONFIG@, too."""

    def __init__(self, name, config, command, binary, cpus, values):
        self.name = name
        self.port = free_port()
        self._directory = tempfile.TemporaryDirectory(prefix="trackalert-bench-")
        directory = pathlib.Path(self._directory.name)
        own = {"LISTEN": f"127.0.0.1:{self.port}", "PASSWORD": PASSWORD, "DIR": str(directory), "BINARY": binary}
        self.config = directory / "trackalert.conf"
        self.config.write_text(fill(LISTENER + config, own | values))
        self._output = directory / "output"
        arguments = [fill(word, own | values | {"CONFIG": str(self.config)}) for word in shlex.split(command)]
        environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
        with self._output.open("wb") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
            self._process = start(arguments, cpus, env=environment, **streams)

    def __enter__(self):
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._directory.cleanup()

    def get(self, path):
        """The status and the body of a GET with our password."""
        return self.request("GET", path)

    def request(self, method, path, body=None, seconds=5):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            credentials = "d2ZvcmNlOnNlY3JldA=="  # wforce:secret
            head = {"Authorization": f"Basic {credentials}", "Connection": "close", "Content-Type": "application/json"}
            connection.request(method, path, body, head)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise Failure(f"{self.name} ended with status {self._process.returncode}:\n{self._last_output()}")
            try:
                status, _ = self.get("/command/livez")
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if status in (200, 401, 404):
                return
            raise Failure(f"{self.name} answers {status} to livez")
        raise Failure(f"{self.name} does not answer within {READY_SECONDS} s:\n{self._last_output()}")

    def output(self):
        return self._output.read_text(errors="replace")

    def _last_output(self):
        return self.output()[-2000:]

    def signal(self, number):
        self._process.send_signal(number)

    def cpu_seconds(self):
        """User and system time of all its threads, dead ones too."""
        # the clock that clock_getcpuclockid(3) names: the sum in /proc/PID/stat, but in nanoseconds and not in ticks
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def settled_cpu_seconds(self):
        """The same once it has come to rest: what it does after its answers is part of the price."""
        deadline = time.monotonic() + SETTLE_SECONDS
        before = self.cpu_seconds()
        still = 0
        while still < 2:
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} does not come to rest within {SETTLE_SECONDS} s")
            time.sleep(0.02)
            now = self.cpu_seconds()
            still = still + 1 if now - before < IDLE_SHARE * 0.02 else 0
            before = now
        return before

    def memory_bytes(self):
        return int(pathlib.Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def counted_reports(self):
        """How many reports it says it got; nothing if it does not say."""
        try:
            return json.loads(self.get("/?command=stats")[1])["reports"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return None


class Load:
    """The generator, connected to one server; use as a context manager. load.cc tells how they speak."""

    def __init__(self, binary, server, connections, options, warmup, cpus):
        self._server = server
        self._cpus = cpus
        self._command = ["timeout", str(LOAD_SECONDS), binary, "--barrier", "--server", f"127.0.0.1:{server.port}"]
        self._command += ["--authorization", f"wforce:{PASSWORD}", "--connections", str(connections)]
        self._command += ["--warmup", str(warmup), *shlex.split(options)]
        self.requests = warmup  # sent so far

    def __enter__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = start(self._command, self._cpus, **pipes)
        try:
            if self._process.stdout.readline() != "warm\n":
                raise Failure(f"the warm-up of {self._server.name} failed")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()  # now it closes its connections and ends
        self._process.stdout.close()
        self._process.wait()

    def measure(self, requests, rate=0.0):
        """One turn: what the generator says, and `server_cpu_us`, the server's price of a report."""
        before = self._server.settled_cpu_seconds()
        turn = self.send(requests, rate)
        turn["server_cpu_us"] = (self._server.settled_cpu_seconds() - before) / requests * 1e6
        return turn

    def send(self, requests, rate=0.0):
        """What the generator says of one turn. Every answer must be 200."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{requests} {rate:.0f}\n")
            self._process.stdin.flush()
        text = self._process.stdout.readline()
        if not text:
            raise Failure(f"the load on {self._server.name} failed")
        turn = json.loads(text)
        if turn["broken"] or set(turn["statuses"]) != {"200"} or turn["requests"] != requests:
            raise Failure(f"{self._server.name} answered {turn['statuses']}, {turn['broken']} connections broke")
        self.requests += requests
        return turn


def generate(binary, folder, options, days=1):
    """Writes logins of the last days up to now, and their world; what to fill in for them. They are those of the same days each
    time, moved: at another hour of the day, and on another day of the week, other people log in, and other attacks are under way."""
    show_progress("generating logins")
    names = {"LOGINS": f"{folder}/logins.jsonl", "WORLD": f"{folder}/world"}
    fixed = f"{folder}/fixed.jsonl"
    files = ["--geo", names["WORLD"] + ".mmdb", "--asn-kinds", names["WORLD"] + ".kinds", "-o", fixed]
    words = [binary, "generate", "--days", str(days), "--start", str(A_MONDAY), *shlex.split(options), *files]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    move_times(fixed, names["LOGINS"], int(time.time()) - days * A_DAY - A_MONDAY)
    os.unlink(fixed)
    return names


def move_times(source, target, seconds):
    """Copies reports, each so many seconds later."""
    with open(source, encoding="utf-8") as lines, open(target, "w", encoding="utf-8") as out:
        for line in lines:
            before, key, rest = line.rpartition('"t": ')
            number, comma, after = rest.partition(",")
            out.write(f"{before}{key}{float(number) + seconds:.6f}{comma}{after}")
