# SPDX-License-Identifier: Apache-2.0
"""The wall clock jumps under a running daemon, by a day, back and forth, over the change to summer time; certificates
expire. The daemon's clock is Debian's faketime, which reads how far it is off from a file."""

import datetime
import pathlib
import re
import ssl
import subprocess
import time

import pytest

from harness.daemon import BASE, EVALUATE, is_sanitized
from harness.history import ask_json, total
from harness.ports import free_port
from harness.waiting import eventually
from harness.webhook_receiver import WebhookReceiver
from test_channels import RAISING

LIBRARY = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
pytestmark = [
    pytest.mark.skipif(LIBRARY is None, reason="faketime is not installed"),
    pytest.mark.skipif(is_sanitized(), reason="a sanitizer wants to be the first library"),
]
DAY = 86400


class ShiftedClock:
    """How far the daemon's wall clock is off. Its steady clock goes on as it does."""

    def __init__(self, directory):
        self._file = directory / "clock"
        self.seconds = 0
        self.shift(0)
        self.environment = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }

    def shift(self, seconds):
        self.seconds = seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self._file)

    def to(self, moment):
        """The clock says so now."""
        self.shift(int(moment.timestamp() - time.time()))

    def now(self):
        return time.time() + self.seconds


@pytest.fixture
def clock(tmp_path):
    return ShiftedClock(tmp_path)


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
setHistoryProfileRetention("3000d")
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
addAlertChannel("safe", "webhook", {{ url = "https://127.0.0.1:{receiver.port}/", ca_file = "{tmp_path}/cert.pem" }})
addCustomWebHook("h", {{ url = "https://127.0.0.1:{receiver.port}/h" }})
"""
        daemon = launch(RAISING + config, env=clock.environment)
        report_now(daemon, "before", protocol="raise")
        receiver.wait_for(1)
        clock.shift(3 * DAY)
        report_now(daemon, "after", protocol="raise")
        daemon.evaluate('runCustomWebHook("h", "x")')
        # A connection that was made before stays good until one of both closes it.
        expired = daemon.out.wait_for(re.compile(r"^Channel safe fails, .*certificate has expired"), 3)
        if not expired:
            assert receiver.wait_for(2)
            return
        assert len(receiver.requests) == 1
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
