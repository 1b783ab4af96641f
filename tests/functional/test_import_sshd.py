# SPDX-License-Identifier: Apache-2.0
"""A real sshd says who could not get in, and the import understands it."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

from harness.commands import events_of, trackalert
from harness.history import HISTORY
from harness.server import Server
from harness.waiting import eventually, patient

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
SSH = shutil.which("ssh")

pytestmark = pytest.mark.skipif(not SSHD or not SSH, reason="OpenSSH is not installed")

CONF = """
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication yes
"""


@pytest.fixture
def home():
    with tempfile.TemporaryDirectory(prefix="sshd-") as name:
        yield pathlib.Path(name)


class Sshd(Server):
    """A server of its own, without privileges: nobody gets in, but everybody may try."""

    def __init__(self, home):
        super().__init__()
        self.home = home
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / "host"], check=True, timeout=60)
        (home / "conf").write_text(CONF.format(port=self.port, home=home))
        (home / "ask").write_text("#!/bin/sh\necho wrong\n")
        (home / "ask").chmod(0o755)
        self._drop = []
        if os.geteuid() == 0:
            self._drop = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(home, "nobody")
            for file in home.iterdir():
                shutil.chown(file, "nobody")

    def _start(self):
        with open(self.home / "log", "wb") as log:
            return subprocess.Popen([*self._drop, SSHD, "-D", "-e", "-f", self.home / "conf"], stderr=log)

    def _ended_early(self):
        pytest.skip("sshd does not run here: " + self.log())

    def log(self):
        return (self.home / "log").read_text("utf-8", "replace")

    def attempt(self, user, passwords):
        """The client gives its wrong password so often; 0: it goes when it has heard what it could do."""
        methods = ["-o", "PubkeyAuthentication=no", "-o", "KbdInteractiveAuthentication=no"]
        methods += ["-o", f"NumberOfPasswordPrompts={passwords}"] if passwords else ["-o", "PasswordAuthentication=no"]
        subprocess.run(
            [SSH, "-F", "none", *methods, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
             "-l", user, "-p", str(self.port), "127.0.0.1", "true"],
            env={**os.environ, "SSH_ASKPASS": str(self.home / "ask"), "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=patient(60), check=False,
        )


def test_lines_of_a_real_sshd(home, tmp_path):
    with Sshd(home) as server:
        server.attempt("root", 2)
        server.attempt("no such one", 1)
        server.attempt("joe", 0)
        eventually(lambda: server.log().count("[preauth]") >= 3, 15, "all have gone")
    # On standard error it says what it tells syslog otherwise, which puts this before it.
    head = time.strftime("%b %e %H:%M:%S mx sshd[7]: ")
    (tmp_path / "auth.log").write_text("".join(head + line.rstrip() + "\n" for line in server.log().splitlines()))
    (tmp_path / "trackalert.conf").write_text(HISTORY)
    status, out, err = trackalert(tmp_path, "import", "-C", "trackalert.conf", "--json", "auth.log")
    assert (status, err) == (0, "")
    assert json.loads(out)["skipped"] == {}, server.log()
    events = events_of(tmp_path)
    assert sorted((event["login"], event["success"], event["remote"]) for event in events) == [
        ("joe", False, "127.0.0.1"),
        ("no such one", False, "127.0.0.1"),
        ("root", False, "127.0.0.1"),
        ("root", False, "127.0.0.1"),
    ], server.log()
