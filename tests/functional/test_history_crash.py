# SPDX-License-Identifier: Apache-2.0
"""Killed at any moment, under load: what was acknowledged is there exactly once, and what is derived from it agrees.

Five rounds by default; TRACKALERT_CRASH_ROUNDS says another number, TRACKALERT_SLOW=1 means a hundred (`./dev crash`)."""

import collections
import json
import os
import random
import signal
import subprocess
import threading

from harness.daemon import Daemon, binary_path
from harness.history import HISTORY, REMEMBERING
from harness.waiting import Deadline, eventually, patient
from harness.wire_http import Closed, HttpConnection, request

ROUNDS = int(os.environ.get("TRACKALERT_CRASH_ROUNDS") or (100 if os.environ.get("TRACKALERT_SLOW") else 5))
CLIENTS = 4
# Long enough that a tail fills, and is sealed, within a round.
PADDING = "x" * 4000


class Client(threading.Thread):
    """Posts reports over one connection until the other side is gone; knows which it sent and which were accepted."""

    def __init__(self, daemon, prefix):
        super().__init__(daemon=True)
        self._daemon = daemon
        self._prefix = prefix
        self.sent = []
        self.accepted = set()

    def run(self):
        try:
            with HttpConnection(self._daemon.http) as connection:
                while True:
                    self.sent.append(f"{self._prefix}-{len(self.sent)}")
                    if self._post(connection, self.sent[-1]) == 200:
                        self.accepted.add(self.sent[-1])
        except (OSError, Closed):
            pass

    def _post(self, connection, name):
        number = len(self.sent)
        report = {
            "login": f"user{number % 97}",
            "remote": f"192.0.2.{number % 251}",
            "success": number % 3 == 0,
            "pwhash": f"{number % 11:x}",
            "session_id": name,
            "attrs": {"padding": PADDING},
        }
        body = json.dumps(report).encode()
        return connection.ask(request("POST", "/?command=report", body)).status


def wait_for_death(daemon):
    daemon.process.wait(patient(20))
    daemon.judged = True
    daemon.check_no_sanitizer_report()


def kill_within(daemon, seconds):
    """A moment later, or once it has ended by itself."""
    daemon.out.wait_for_end(seconds)
    daemon.signal(signal.SIGKILL)
    wait_for_death(daemon)


def start(directory, config):
    daemon = Daemon(directory, config)
    daemon.start()
    return daemon


def trackalert(directory, *arguments):
    done = subprocess.run(
        [str(binary_path()), *arguments], cwd=directory, capture_output=True, timeout=patient(300), check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def exported(directory):
    """How often each report is there."""
    status, out, err = trackalert(directory, "export", "-C", "trackalert.conf")
    assert status == 0, err
    return collections.Counter(json.loads(line)["session_id"] for line in out.splitlines())


def disturb(daemon, dice, directory, number):
    """Something that is going on when the kill comes."""
    if dice.random() < 0.3:
        daemon.console(f'backupHistory("{directory}/backup-{number}")')


def test_kills_lose_nothing(tmp_path):
    dice = random.Random(os.urandom(8))
    accepted, sent = set(), set()
    config = REMEMBERING + HISTORY
    for number in range(ROUNDS):
        daemon = start(tmp_path, config)
        try:
            if dice.random() < 0.2:
                kill_within(daemon, 0.3 * dice.random())  # while it starts, as far as it has come by then
                continue
            daemon.wait_ready(60)
            clients = [Client(daemon, f"{number}-{i}") for i in range(CLIENTS)]
            enough = dice.randrange(10, 1500)
            for client in clients:
                client.start()
            deadline = Deadline(60)
            eventually(lambda: sum(len(c.accepted) for c in clients) >= enough or deadline.over, 90, "reports")
            disturb(daemon, dice, tmp_path, number)
            if number % 2 == 1:  # while it stops, as far as it has come by then
                daemon.signal(signal.SIGTERM)
                kill_within(daemon, 0.2 * dice.random())
            else:
                kill_within(daemon, 0)
            for client in clients:
                client.join(patient(20))
                accepted |= client.accepted
                sent |= set(client.sent)
        finally:
            if daemon.running():
                daemon.process.kill()
                daemon.process.wait()
        found = exported(tmp_path)
        assert not accepted - set(found), f"acknowledged and lost in round {number}"
        assert set(found) <= sent
        assert max(found.values(), default=1) == 1, "counted twice"
    status, out, err = trackalert(tmp_path, "history", "check", "--derived", "-C", "trackalert.conf")
    assert status == 0, out + err
    assert ": no damage" in out
    assert accepted
