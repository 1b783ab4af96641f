# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from harness.daemon import Daemon, binary_path
from harness.ports import free_port
from harness.webhook_receiver import WebhookReceiver


def pytest_collection_modifyitems(items):
    if os.environ.get("TRACKALERT_SLOW"):
        return
    skip = pytest.mark.skip(reason="TRACKALERT_SLOW is not set")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def binary():
    """The binary under test; without it nothing here makes sense."""
    path = binary_path()
    if not path.is_file():
        pytest.exit(f"no binary at {path}: build it, or set TRACKALERT_BINARY", returncode=4)
    return path


def _launching(directory):
    daemons = []

    def launch(config, wait=True, stdin=None, **kwargs):
        own = directory / f"daemon{len(daemons)}"
        own.mkdir()
        daemon = Daemon(own, config, **kwargs)
        daemons.append(daemon)
        daemon.start(**({} if stdin is None else {"stdin": stdin}))
        return daemon.wait_ready() if wait else daemon

    yield launch
    for daemon in daemons:
        print(daemon.transcript())  # shown by pytest where a test failed
    for daemon in daemons:
        if not daemon.judged:
            daemon.stop()


@pytest.fixture
def launch(tmp_path):
    """launch(config, options=..., wait=...) starts a daemon; all are stopped afterwards, and must end well."""
    yield from _launching(tmp_path)


@pytest.fixture(scope="module")
def launch_shared(tmp_path_factory):
    """As `launch`, for a daemon that a whole file of tests asks and none of them changes."""
    yield from _launching(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def receiver():
    with WebhookReceiver() as server:
        yield server


@pytest.fixture(scope="session")
def refused_port():
    """A port at which nobody listens."""
    return free_port()
