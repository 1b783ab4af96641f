# SPDX-License-Identifier: Apache-2.0
"""More reports than the machine can judge: each is taken or turned away, and probes stay quick."""

import json
import statistics
import threading
import time

import pytest

from harness.daemon import BASE, EVALUATE
from harness.gate import Gate
from harness.waiting import PATIENCE, eventually
from harness.wire_http import request

CONNECTIONS = 64
REPORTS_EACH = 6
BUSY_20_MS = """
setReport(function()
  local stop = os.clock() + 0.02
  while os.clock() < stop do end
end)
"""


class Client(threading.Thread):
    """Sends its reports one after the other on one connection."""

    def __init__(self, daemon, start):
        super().__init__()
        self._daemon = daemon
        self._at_start = start
        self.answers = []
        self.error = None

    def run(self):
        try:
            with self._daemon.connect(timeout=30) as connection:
                self._at_start.wait()
                for number in range(REPORTS_EACH):
                    body = json.dumps({"login": f"{self.name}-{number}", "remote": "192.0.2.1"}).encode()
                    self.answers.append(connection.ask(request("POST", "/?command=report", body)))
        except Exception as error:  # judged by the test
            self.error = error


def run_clients(daemon, probe):
    """All clients at once; `probe` is called until the last has ended."""
    start = threading.Barrier(CONNECTIONS + 1)
    clients = [Client(daemon, start) for _ in range(CONNECTIONS)]
    for client in clients:
        client.start()
    start.wait()
    while any(client.is_alive() for client in clients):
        probe()
    for client in clients:
        client.join()
        assert client.error is None, client.error
    return [answer for client in clients for answer in client.answers]


@pytest.mark.parametrize("answer", ["accepted", "done"])
def test_every_report_is_taken_or_turned_away(launch, answer):
    config = BASE + EVALUATE + BUSY_20_MS + "setNumWorkerThreads(16)\nsetReportQueueSize(8)\n"
    daemon = launch(config + (f'setReportAnswer("{answer}")\n' if answer == "done" else ""))
    latencies = []

    with daemon.connect() as probe_connection:

        def probe():
            begin = time.monotonic()
            assert probe_connection.ask(request("GET", "/livez", auth=None)).status == 200
            latencies.append(time.monotonic() - begin)
            threading.Event().wait(0.005)

        answers = run_clients(daemon, probe)

    assert len(answers) == CONNECTIONS * REPORTS_EACH
    taken = [one for one in answers if one.status == 200]
    refused = [one for one in answers if one.status == 503]
    assert len(taken) + len(refused) == len(answers)
    assert taken and refused, "the queue is small enough to overflow"
    for one in refused:
        assert int(one.header("retry-after")) >= 1
        body = one.json()
        assert body["status"] == "failure" and body["reason"]
    assert statistics.median(latencies) < 0.05 * PATIENCE

    eventually(lambda: daemon.console("stats()") == f"{len(taken)} reports\n", 20)
    samples = daemon.metrics()
    assert any(value == len(refused) for value in samples.values()), "turned away, and counted"
    eventually(lambda: daemon.metrics()["trackalert_web_queue_size"] == 0, 20)


def test_the_queue_takes_as_many_as_it_says(launch, tmp_path):
    """One report runs, five wait, the next is turned away; all that were taken are judged."""
    gate = Gate(tmp_path)
    config = BASE + "setNumReportThreads(1)\nsetReportQueueSize(5)\n"
    daemon = launch(
        config
        + f"""
setReport(function(lt)
  if lt.login == "first" then infoLog("at the gate", {{}}) {gate.lua} end
  infoLog("judged "..lt.login, {{}})
end)
"""
    )
    assert daemon.report(login="first").status == 200
    daemon.wait_for_line("^at the gate$")
    statuses = [daemon.report(login=str(number)).status for number in range(8)]
    assert statuses == [200] * 5 + [503] * 3
    assert daemon.metrics()["trackalert_web_queue_size"] == 5
    gate.open()
    daemon.wait_for_line("^judged 4$")
    judged = [line for line in daemon.messages() if line.startswith("judged")]
    assert judged == ["judged first"] + [f"judged {number}" for number in range(5)]
    assert daemon.report(login="after").status == 200
    daemon.wait_for_line("^judged after$")


def test_more_work_than_lua_states(launch):
    """Four busy reports and four busy background functions crashed the original."""
    config = BASE + EVALUATE + BUSY_20_MS + "setNumLuaStates(2)\nsetNumSchedulerThreads(4)\nsetNumWorkerThreads(10)\n"
    for number in range(4):
        config += f'setBackground("b{number}", function() local s = os.clock() + 0.3 while os.clock() < s do end end)\n'
        config += f'intervalScheduleBackgroundFunc("00:00:01", "b{number}")\n'
    daemon = launch(config)
    answers = run_clients(daemon, lambda: threading.Event().wait(0.02))
    assert {answer.status for answer in answers} == {200}
    assert daemon.evaluate("return 5", timeout=20) == (True, "5")
    eventually(lambda: daemon.console("stats()") == f"{CONNECTIONS * REPORTS_EACH} reports\n", 40)


def test_probes_are_quick_while_every_worker_is_busy(launch):
    """The I/O threads never run Lua."""
    config = BASE + "setNumWorkerThreads(1)\nsetReport(function() local s = os.time() + 3 while os.time() < s do end end)\n"
    daemon = launch(config)
    for number in range(10):
        assert daemon.report(login=str(number)).status == 200
    for _ in range(50):
        begin = time.monotonic()
        for target in ("/livez", "/readyz", "/command/livez", "/metrics", "/?command=stats"):
            assert daemon.get(target).status == 200
        assert time.monotonic() - begin < 1 * PATIENCE
    daemon.process.kill()
    daemon.process.wait()
    daemon.judged = True
