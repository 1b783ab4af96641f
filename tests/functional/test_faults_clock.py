# SPDX-License-Identifier: Apache-2.0
"""The wall clock jumps under a running daemon, by a day, back and forth, over the change to summer time; certificates
expire. The daemon's clock is off by what a file says, by a library that is loaded into it (harness/shifted_clock.c)."""

import datetime
import pathlib
import re
import shutil
import ssl
import struct
import subprocess
import time

import pytest

from harness.daemon import BASE, EVALUATE, is_sanitized
from harness.history import ask_json, total
from harness.ports import free_port
from harness.webhook_receiver import WebhookReceiver
from test_channels import RAISING

pytestmark = [
    pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler"),
    pytest.mark.skipif(is_sanitized(), reason="a sanitizer wants to be the first library"),
]
DAY = 86400


class ShiftedClock:
    """How far the daemon's wall clock is off."""

    def __init__(self, directory, library):
        self._file = directory / "clock"
        self.seconds = 0
        self._file.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "TRACKALERT_TEST_CLOCK": str(self._file)}

    def shift(self, seconds):
        self.seconds = seconds
        with open(self._file, "r+b", buffering=0) as file:  # in one piece: the daemon has it mapped
            file.write(struct.pack("<q", seconds))

    def to(self, moment):
        """The clock says so now."""
        self.shift(int(moment.timestamp() - time.time()))

    def now(self):
        return time.time() + self.seconds


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    made = tmp_path_factory.mktemp("clock") / "shifted_clock.so"
    source = pathlib.Path(__file__).parent / "harness/shifted_clock.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(made), str(source)], check=True)
    return made


@pytest.fixture
def clock(tmp_path, library):
    return ShiftedClock(tmp_path, library)


def report_now(daemon, login, **fields):
    assert daemon.report(login=login, remote="192.0.2.1", success=True, **fields).status == 200


def time_of(daemon, login):
    (event,) = ask_json(daemon, "POST", "history/query", {"filter": {"login": login}, "events": {"limit": 2}})[1]["events"]
    return event["t"]


@pytest.mark.parametrize("jumps", [[DAY], [-DAY], [DAY, 0], [-DAY, 0], [3600, 0, -3600, 0], [400 * DAY, 0], [-400 * DAY, 0]])
def test_jumps_of_the_clock(launch, clock, receiver, jumps):
    """Reports have the time of the moment, alerts leave at once, functions run on, and all is there after a restart."""
    config = f"""
addAlertChannel("good", "webhook", {{ url = "{receiver.url('/')}" }})
setBackground("tick", function() infoLog("tick", {{}}) end)
intervalScheduleBackgroundFunc("00:00:01", "tick")
setHistoryRetention("3000d")
"""
    daemon = launch(RAISING + config, env=clock.environment)
    logins = []
    for step, jump in enumerate([0, *jumps]):
        clock.shift(jump)
        for kind in ("quiet", "raise"):
            logins.append(f"{kind}{step}")
            report_now(daemon, logins[-1], protocol=kind)
            assert abs(time_of(daemon, logins[-1]) - clock.now()) < 30
        receiver.wait_for(step + 1, timeout=20)
        mark = daemon.mark()
        daemon.wait_for_line("^tick$", since=mark)
    assert daemon.get("/readyz").status == 200
    assert total(daemon, since=0) == len(logins)
    daemon.stop()
    daemon.start().wait_ready()
    assert total(daemon, since=0) == len(logins)
    assert daemon.metrics()['trackalert_alerts_waiting{channel="good"}'] == 0


def test_a_retry_does_not_wait_for_the_old_time(launch, clock, receiver):
    """The clock is set back between a failure and the next attempt."""
    receiver.status = 500
    daemon = launch(RAISING + f'addAlertChannel("late", "webhook", {{ url = "{receiver.url("/")}" }})\n', env=clock.environment)
    report_now(daemon, "ann", protocol="raise")
    daemon.wait_for_line("^Channel late fails, ")
    clock.shift(-DAY)
    receiver.status = 200
    daemon.wait_for_metric('trackalert_alerts_waiting{channel="late"}', 0)


def test_a_report_of_tomorrow_has_come_by_its_time(launch, clock):
    """One whose client's clock is ahead counts as of now, and does not make every later one old."""
    daemon = launch(RAISING, env=clock.environment)
    report_now(daemon, "ahead", t=time.time() + 10 * DAY)
    assert abs(time_of(daemon, "ahead") - clock.now()) < 400
    report_now(daemon, "next")
    assert abs(time_of(daemon, "next") - clock.now()) < 30
    assert daemon.metrics()["trackalert_history_future_times_total"] == 1


@pytest.mark.parametrize("change", [datetime.datetime(2026, 3, 29, 1), datetime.datetime(2026, 10, 25, 1)])
def test_across_the_change_of_summer_time(launch, clock, change):
    """In Vienna, an hour before it and after: what runs every second runs, quiet hours hold up, and nothing is lost."""
    moment = change.replace(tzinfo=datetime.timezone.utc)
    with WebhookReceiver() as receiver:
        config = f"""
addAlertChannel("day", "webhook", {{ url = "{receiver.url('/day')}", quiet = "01:30-03:30" }})
setBackground("tick", function() infoLog("tick", {{}}) end)
cronScheduleBackgroundFunc("* * * * *", "tick")
"""
        environment = {**clock.environment, "TZ": "Europe/Vienna"}
        clock.to(moment - datetime.timedelta(seconds=2))
        daemon = launch(RAISING + config, env=environment)
        report_now(daemon, "night", protocol="raise")
        daemon.wait_for_line("^tick$", timeout=20)  # at the change, a full minute
        assert not receiver.requests, "two o'clock is quiet, in winter as in summer"
        clock.to(moment + datetime.timedelta(hours=3))
        receiver.wait_for(1, timeout=20)
        assert total(daemon, since=0) == 1


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        (datetime.datetime(2026, 3, 29, 1, 10), "03:00-03:30"),
        (datetime.datetime(2026, 10, 25, 0, 10), "02:00-02:30"),
        (datetime.datetime(2026, 10, 25, 1, 10), "02:00-02:30"),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(launch, clock, receiver, moment, quiet):
    """In Vienna, ten minutes after the change to summer time, and in both hours from two to three of the night it ends."""
    moment = moment.replace(tzinfo=datetime.timezone.utc)
    config = f"""
addAlertChannel("day", "webhook", {{ url = "{receiver.url('/day')}", quiet = "{quiet}" }})
addAlertChannel("always", "webhook", {{ url = "{receiver.url('/always')}" }})
"""
    clock.to(moment)
    daemon = launch(RAISING + config, env={**clock.environment, "TZ": "Europe/Vienna"})
    for number in range(3):
        report_now(daemon, f"night{number}", protocol="raise")
        receiver.wait_for(number + 1)
    assert {request.path for request in receiver.requests} == {"/always"}
    clock.to(moment + datetime.timedelta(minutes=25))
    assert receiver.wait_for(4, timeout=20)[3].path == "/day"


# --- certificates ---


def make_certificate(directory, days):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days)]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-out", "cert.pem", "-keyout", "key.pem"],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context


def test_a_receivers_certificate_expires(launch, clock, tmp_path):
    """Said once, with the reason; the alerts wait, and leave when the receiver has a good one."""
    with WebhookReceiver(tls=make_certificate(tmp_path, 2)) as receiver:
        config = f"""
setCurlCABundleFile("{tmp_path}/cert.pem")
addAlertChannel("safe", "webhook", {{ url = "https://127.0.0.1:{receiver.port}/" }})
addCustomWebHook("h", {{ url = "https://127.0.0.1:{receiver.port}/h" }})
"""
        daemon = launch(RAISING + config, env=clock.environment)
        report_now(daemon, "before", protocol="raise")
        receiver.wait_for(1)
        clock.shift(3 * DAY)
        report_now(daemon, "after", protocol="raise")
        daemon.evaluate('runCustomWebHook("h", "x")')
        daemon.wait_for_line(r"^Webhook id=1 failed .*certificate has expired")
        daemon.wait_for_line("^Channel safe fails, its alerts wait and are tried again: .*certificate has expired")
        assert [received.path for received in receiver.requests] == ["/"]
        clock.shift(0)
        receiver.wait_for(2, timeout=60)


def test_our_own_certificate_expires(launch, clock, tmp_path):
    """Told beforehand and in the metrics; a new one is taken by SIGHUP."""
    make_certificate(tmp_path, 30)
    port = free_port()
    config = BASE + EVALUATE + f'addListener("127.0.0.1:{port}", true, "{tmp_path}/cert.pem", "{tmp_path}/key.pem", {{}})\n'
    daemon = launch(config, env=clock.environment)
    name = f'trackalert_http_certificate_seconds_left{{listener="127.0.0.1:{port}"}}'
    assert 29 * DAY < daemon.metrics()[name] < 30 * DAY + 10
    assert not [line for line in daemon.messages() if "certificate of" in line]
    clock.shift(25 * DAY)
    daemon.wait_for_line(rf"^The certificate of 127\.0\.0\.1:{port} expires in 5 days$", timeout=20)
    clock.shift(31 * DAY)
    daemon.wait_for_line(rf"^The certificate of 127\.0\.0\.1:{port} has expired$", timeout=20)
    assert daemon.metrics()[name] < 0
    assert sum("The certificate of" in line for line in daemon.messages()) == 2
    make_certificate(tmp_path, 90)
    daemon.signal(1)
    daemon.wait_for_line("^The configuration was reloaded$")
    assert daemon.metrics()[name] > 50 * DAY
