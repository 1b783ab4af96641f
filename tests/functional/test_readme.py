# SPDX-License-Identifier: Apache-2.0
"""What the README tells a newcomer to type gives what it says, word for word but for ports, folders and the binary's place."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

from harness.daemon import Lines, binary_path
from harness.ports import accepts, free_port
from harness.waiting import eventually, patient

README = pathlib.Path(__file__).parents[2] / "README.md"
BUILT = "build/release/src/app/trackalert"


def first_alert(folder, ports):
    """The fenced blocks of that section, in their order."""
    text = README.read_text("utf-8")
    section = re.search(r"^## A first alert.*?(?=^## )", text, re.MULTILINE | re.DOTALL).group()
    for written, here in zip(("8084", "8099"), ports):
        assert written in section
        section = section.replace(written, str(here))
    section = section.replace("/tmp/trackalert-history", f"{folder}/history").replace(BUILT, str(binary_path()))
    return re.findall(r"^```\w+\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


@contextlib.contextmanager
def terminal(command, folder):
    """Somebody's terminal with the command in it; its lines. Closed, it takes along what runs there."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(["bash", "-c", command], cwd=folder, start_new_session=True, **streams) as shell:
        try:
            yield Lines(shell.stdout)
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
            shell.wait(patient(20))


def test_the_first_alert(tmp_path):
    daemon_port, receiver_port = ports = (free_port(), free_port())
    receiver, config, start, attack = first_alert(tmp_path, ports)
    (tmp_path / "trackalert.conf").write_text(config)
    with terminal(receiver, tmp_path) as received, terminal(start, tmp_path) as log:
        eventually(lambda: accepts(receiver_port) and accepts(daemon_port), 30, "both to listen")
        done = subprocess.run(["bash", "-c", attack], capture_output=True, timeout=patient(60), check=True)
        assert done.stdout.decode() == '{"status":"ok"}' * 30
        assert log.wait_for(re.compile("Alert: 192.0.2.66 is trying a few passwords on many accounts"), patient(20))
        alert = json.loads(received.wait_for(re.compile("^{.*}$"), patient(20)).group())
        assert (alert["rule"], alert["key"]) == ("password_spray", "remote:192.0.2.66")
        assert len(alert["logins"]) >= 10
