# SPDX-License-Identifier: Apache-2.0
"""/metrics: every name and label of the captures, and figures that move."""

import re
import shutil
import subprocess

import pytest

from harness import captures
from harness.daemon import BASE, main_conf
from harness.waiting import eventually
from harness.wire_http import request


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(main_conf(18199, 18198))  # nothing is sent there


def captured(name):
    return (captures.FIXTURES / name).read_text("utf-8")


def names_and_labels(text):
    """{'name{labels}'}; labels of a series come sorted in both."""
    return {line.rsplit(" ", 1)[0] for line in text.splitlines() if line and not line.startswith("#")}


def declarations(text):
    return {line for line in text.splitlines() if line.startswith("#")}


@pytest.mark.parametrize("name", ["metrics-fresh.txt", "metrics.txt"])
def test_every_series_of_the_captures(daemon, name):
    text = daemon.get("/metrics").text()
    assert names_and_labels(captured(name)) <= names_and_labels(text)
    assert declarations(captured(name)) <= declarations(text)


def test_all_names_have_the_prefix(daemon):
    assert all(name.startswith("trackalert_") for name in names_and_labels(daemon.get("/metrics").text()))


def test_order_inside_the_text(daemon):
    """Counters, gauges, histograms; _count, _sum, then cumulative buckets."""
    text = daemon.get("/metrics").text()
    kinds = re.findall(r"^# TYPE \S+ (\w+)$", text, re.MULTILINE)
    assert kinds == sorted(kinds, key=["counter", "gauge", "histogram"].index)
    for name in ("trackalert_worker_queue_duration_seconds", "trackalert_worker_response_duration_seconds"):
        lines = [line for line in text.splitlines() if line.startswith(name)]
        assert [line.split(" ")[0] for line in lines[:2]] == [f"{name}_count", f"{name}_sum"]
        assert re.findall(r'le="([^"]+)"', "\n".join(lines)) == ["0.001", "0.01", "0.1", "1", "+Inf"]
        buckets = [float(line.rsplit(" ", 1)[1]) for line in lines[2:]]
        assert buckets == sorted(buckets)
        assert buckets[-1] == float(lines[0].rsplit(" ", 1)[1])


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_finds_nothing_to_say(daemon):
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=daemon.get("/metrics").text(), text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_commands_are_counted(daemon):
    before = daemon.metrics()
    daemon.report(login="x")
    daemon.post("/?command=report", b"{")  # reached the handler
    daemon.post("/?command=report", b"{}", auth=None)  # did not
    daemon.get("/?command=stats")
    daemon.get("/command/readyz", auth=None)
    daemon.get("/command/livez", auth=None)
    daemon.post("/command/custom")
    after = daemon.metrics()
    for command, count in (("report", 2), ("stats", 1), ("readyz", 1), ("livez", 1), ("custom", 1), ("ev", 0)):
        name = f'trackalert_commands_total{{cmd="{command}"}}'
        assert after[name] - before[name] == count, command


def test_histograms_and_gauges_move(daemon):
    before = daemon.metrics()
    for _ in range(5):
        daemon.post("/command/custom")
    for name in ("trackalert_worker_queue_duration_seconds", "trackalert_worker_response_duration_seconds"):
        # A worker counts a call when it is done with it, behind its answer.
        eventually(lambda: daemon.metrics()[f"{name}_count"] >= before[f"{name}_count"] + 5)
    assert "trackalert_web_queue_size" in daemon.metrics()


def test_active_connections(daemon):
    connections = [daemon.connect() for _ in range(7)]
    try:
        for connection in connections:
            connection.ask(request("GET", "/livez"))
        eventually(lambda: daemon.metrics()["trackalert_active_http_connections"] >= 7)
    finally:
        for connection in connections:
            connection.close()
    eventually(lambda: daemon.metrics()["trackalert_active_http_connections"] <= 1)


def test_label_values_are_escaped(launch):
    daemon = launch(BASE + "addCustomStat('a\"b\\\\c\\nd')\n")
    assert 'trackalert_custom_stats_total{metric="a\\"b\\\\c\\nd"} 0' in daemon.get("/metrics").text()


def test_the_password_and_how_to_do_without(launch):
    daemon = launch(BASE)
    assert daemon.get("/metrics", auth=None).status == 401
    open_daemon = launch(BASE + "setMetricsNoPassword()\n")
    answer = open_daemon.get("/metrics", auth=None)
    assert (answer.status, answer.header("content-type")) == (200, "text/plain; charset=utf-8")
    assert open_daemon.get("/?command=stats", auth=None).status == 401
    closed = launch(BASE + 'setMetricsNoPassword()\nsetACL({"192.0.2.0/24"})\n')
    assert closed.get("/metrics", auth=None).status == 401, "the ACL still applies"
