# SPDX-License-Identifier: Apache-2.0
"""What is written where: standard output by mode and level, syslog by facility."""

import os
import re
import shutil
import queue
import socket
import threading
import subprocess

import pytest

from harness import captures
from harness.daemon import ANSWER_WHEN_DONE, BASE, EVALUATE, main_conf
from harness.waiting import Deadline

STAMP = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] ")


def test_start_up_sequence(launch):
    daemon = launch(main_conf())
    http, control = ("%s:%d" % address for address in (daemon.http, daemon.control))
    daemon.wait_for_line(f"^Accepting control connections on {control}$")
    daemon.wait_for_line("^Starting webserver$")
    lines = daemon.messages()
    expected = [
        "Read configuration from 'trackalert.conf'",
        f"Adding webserver listener on {http} with SSL=0, cert_file=, key_file=",
        "Registering custom webhook id=1 name=hook_full to url (http://127.0.0.1:1/webhook/%{YYYY}-%{MM}-%{dd})",
        "Registering custom endpoint [custom]",
        "Registering custom endpoint [ev]",
        "Starting stats reporting thread",
        "Starting webserver",
    ]
    assert [line for line in lines if line in expected] == expected
    acl = next(at for at, line in enumerate(lines) if line.startswith("ACL allowing queries from: "))
    assert lines.index("Registering custom endpoint [ev]") < acl < lines.index("Starting stats reporting thread")
    assert lines.index("Starting stats reporting thread") < lines.index(f"Accepting control connections on {control}")
    assert lines.count("Registering custom endpoint [ev]") == 1, "once, not once per state"


def test_times_with_D(launch):
    daemon = launch(BASE, options=("-D",))
    daemon.wait_for_line("^Starting webserver")
    assert all(STAMP.match(line) for line in daemon.out.snapshot())


def test_no_times_and_a_note_in_the_foreground(launch):
    daemon = launch(BASE, options=("-v",), stdin=subprocess.PIPE)
    daemon.wait_for_line("^Running in the foreground$")
    assert not any(STAMP.match(line) for line in daemon.out.snapshot())


def written_lines(launch, options):
    """What a daemon with `options` writes of one message at each level, after start-up."""
    daemon = launch(BASE + EVALUATE, options=options)
    code = "errorLog('the error', {}) warnLog('the warning', {}) infoLog('the info', {}) debugLog('the debug', {})"
    assert daemon.evaluate(code) == (True, "nil")
    daemon.stop()
    return [line for line in daemon.messages() if line.startswith("the ")], daemon.messages()


@pytest.mark.parametrize(
    "options, expected",
    [
        (("-D",), ["the error", "the warning", "the info"]),
        (("-D", "-l", "6"), ["the error", "the warning", "the info"]),
        (("-D", "-l", "5x"), ["the error", "the warning"]),
        (("-D", "-l", "3"), ["the error"]),
        (("-D", "-l", "2"), []),
        (("-D", "-l", "-1"), []),
        (("-D", "--loglevel=7"), ["the error", "the warning", "the info"]),
        (("-D", "-v"), ["the error", "the warning", "the info", "the debug"]),
        (("-s",), []),
        (("-s", "-D"), []),
    ],
)
def test_levels(launch, options, expected):
    assert written_lines(launch, options)[0] == expected


def test_s_still_writes_while_reading_the_configuration(launch):
    daemon = launch(BASE + 'infoLog("while reading", {})\n', options=("-s",))
    daemon.stop()
    lines = daemon.messages()
    assert lines[0] == "Read configuration from 'trackalert.conf'"
    assert "while reading" in lines
    assert not any("Starting" in line or "Accepting" in line for line in lines)


def test_nothing_goes_to_standard_error(launch):
    daemon = launch(main_conf(), options=("-D", "-v"))
    daemon.report(login="errstring")
    daemon.get("/?command=stats", auth=None)
    daemon.console("x=")
    daemon.stop()
    assert daemon.err.snapshot() == []


# --- the report line ---

FULL = {
    "remote": "::1",
    "login": "a",
    "success": True,
    "policy_reject": True,
    "pwhash": "ab12",
    "protocol": "imap",
    "device_id": "d",
    "device_attrs": {"os.major": "1", "os.family": "X"},
    "attrs": {"n": ["z"], "b": "2", "m": ["x", "y"], "a": "1"},
    "t": 5,
    "tls": True,
    "session_id": "s",
    "fail_type": "f",
}
FULL_LINE = (
    'reportLog: remote="::1" login="a" success="1" policy_reject="1" pwhash="ab12" protocol="imap" device_id="d" '
    'device_attrs={os.family="X", os.major="1"} attrs={a="1", b="2", m=["x", "y"], n=["z"]} '
)


@pytest.fixture(scope="module")
def verbose(launch_shared):
    return launch_shared(ANSWER_WHEN_DONE + BASE + EVALUATE, options=("-D", "-v"))


def report_line(daemon, **fields):
    mark = daemon.mark()
    assert daemon.report(**fields).status == 200
    return daemon.wait_for_line("^reportLog: .*", since=mark)[0]


def test_the_report_line(verbose):
    assert report_line(verbose, **FULL) == FULL_LINE


def test_only_multi_valued_attributes(verbose):
    assert report_line(verbose, login="x", attrs={"m": ["x"]}).endswith(' attrs={m=["x"]} ')


def test_a_report_line_cannot_be_forged(verbose):
    line = report_line(verbose, login='x\nreportLog: login="y"\r\0', device_id="\x1b[2J")
    assert not re.search(r"[\x00-\x1f]", line)
    assert not any(line.startswith('reportLog: login="y"') for line in verbose.messages())


def test_no_report_line_without_v(launch):
    daemon = launch(ANSWER_WHEN_DONE + BASE)
    daemon.report(login="x")
    daemon.stop()
    assert not any("reportLog" in line for line in daemon.messages())


def test_values_in_log_functions_cannot_forge_lines(verbose):
    mark = verbose.mark()
    verbose.evaluate(r'infoLog("m\nforged", { k = "v\nforged\r\0end", ["k\n2"] = "x" })')
    verbose.wait_for_line("^m", since=mark)
    verbose.evaluate('infoLog("the next", {})')
    verbose.wait_for_line("^the next$", since=mark)
    lines = [line for line in verbose.messages(mark) if "forged" in line]
    assert len(lines) == 1
    assert "end" in lines[0], "a NUL does not cut it"


def test_percent_signs_are_just_that(verbose):
    mark = verbose.mark()
    verbose.evaluate("infoLog('100%s %n {} {0}', { k = '%d{}' })")
    verbose.wait_for_line(r'^100%s %n \{\} \{0\}: k="%d\{\}" $', since=mark)


def test_secrets_stay_out(launch):
    daemon = launch(main_conf(), options=("-D", "-v"))
    daemon.get("/?command=stats")
    daemon.get("/?command=stats", auth="Authorization: Basic Zm9vOmRvbnR0ZWxs")
    answers = [daemon.console(command) for command in ("showVersion()", "stats()", "showCustomWebHooks()", "showACL()")]
    daemon.console(f'setKey("{captures.CONSOLE_KEY}")')
    daemon.stop()
    text = daemon.transcript() + "".join(answers)
    for secret in (captures.CONSOLE_KEY, '"super"', "Zm9vOnN1cGVy", "donttell", "Zm9vOmRvbnR0ZWxs", "myapikey", "wforce:super"):
        assert secret not in text


# --- syslog ---


@pytest.fixture
def syslog(tmp_path):
    """A /dev of the daemon's own, with our socket as /dev/log in it: (prefix of the command, socket)."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs a mount namespace")
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    dev = tmp_path / "dev"
    dev.mkdir()
    nodes = [node for node in ("null", "zero", "random", "urandom", "tty") if os.path.exists(f"/dev/{node}")]
    for node in nodes:
        (dev / node).touch()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(dev / "log"))
    binds = "".join(f"mount --bind /dev/{node} {dev}/{node} && " for node in nodes)
    script = f'{binds}mount --rbind {dev} /dev && exec "$@"'
    received = queue.SimpleQueue()

    def read():
        while data := listener.recv(65536):
            received.put(data)

    # At once and all the time: a log socket that nobody reads makes syslog(3) wait.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    yield ["unshare", "-m", "sh", "-c", script, "sh"], received
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.sendto(b"", str(dev / "log"))
    reader.join()
    listener.close()


def syslog_message(received, pattern, timeout=15):
    """(priority, match) of the first message that fits."""
    deadline = Deadline(timeout)
    while True:
        text = received.get(timeout=max(deadline.left, 0.001)).decode("utf-8", "replace")
        parts = re.match(r"<(\d+)>(.*)", text, re.DOTALL)
        if found := re.search(pattern, parts[2]):
            return int(parts[1]), found


@pytest.mark.parametrize("options, facility", [((), 3), (("-f", "local0"), 16), (("--facility=mail", "-s"), 2)])
def test_syslog_facility_and_levels(launch, syslog, options, facility):
    prefix, received = syslog
    launch(BASE + "errorLog('e', {}) warnLog('w', {}) infoLog('i', {})\n", options=("-D", "-l", "0", *options), prefix=prefix)
    tag = r"trackalert\[\d+\]: "
    for level, text in ((6, "Read configuration from"), (3, "e$"), (4, "w$"), (6, "i$"), (5, "ACL allowing queries")):
        assert syslog_message(received, tag + text)[0] == facility * 8 + level
