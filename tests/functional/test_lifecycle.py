# SPDX-License-Identifier: Apache-2.0
"""Starting, reloading, stopping, in every mode."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time

import pytest

from harness.daemon import ANSWER_WHEN_DONE, BASE, EVALUATE, Daemon, NotifySocket, is_sanitized
from harness.ports import free_port
from harness.waiting import Deadline, eventually, patient
from harness.wire_http import Closed, HttpConnection, request

# Works for a while on the CPU, says when it starts.
# The seconds are of the processor's time: on a busy machine they are many more by the clock.
BUSY = """
setLuaTimeoutSecs(120)
setShutdownTimeoutSecs(120)
function busy(seconds)
  infoLog("busy now", {})
  local stop = os.clock() + seconds
  while os.clock() < stop do end
end
setCustomEndpoint("busy", function(args) busy(tonumber(args.attrs.s)) return true, { done="yes" } end)
"""


# --- stopping ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(launch, number):
    daemon = launch(BASE)
    daemon.signal(number)
    assert daemon.wait_exit() == 0
    for address in (daemon.http, daemon.control):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


def test_requests_in_flight_are_answered(launch):
    daemon = launch(BASE + BUSY)
    with daemon.connect() as busy, daemon.connect() as idle:
        assert idle.ask(request("GET", "/livez")).status == 200
        busy.send(request("POST", "/command/busy", b'{"attrs":{"s":"1"}}'))
        daemon.wait_for_line("^busy now$")
        daemon.signal(signal.SIGTERM)
        assert idle.closed_by_peer(), "idle connections close at once"
        answer = busy.read()
        assert answer.body == b'{"r_attrs": {"done": "yes"}, "success": true}'
        assert busy.closed_by_peer()
    assert daemon.wait_exit() == 0


def test_nobody_new_gets_in_while_it_stops(launch):
    daemon = launch(BASE + BUSY)
    with daemon.connect() as busy:
        busy.send(request("POST", "/command/busy", b'{"attrs":{"s":"2"}}'))
        daemon.wait_for_line("^busy now$")
        daemon.signal(signal.SIGTERM)

        def turned_away():
            try:
                return daemon.get("/readyz", auth=None).status == 503
            except (ConnectionError, Closed):
                return True

        eventually(turned_away, 2)
        assert busy.read().status == 200
    assert daemon.wait_exit() == 0


def test_reports_that_were_accepted_are_still_judged(launch):
    config = BASE + BUSY + 'setReport(function(lt) busy(0.02) infoLog("judged "..lt.login, {}) end)\nsetNumReportThreads(1)\n'
    daemon = launch(config)
    for number in range(40):
        assert daemon.report(login=str(number)).status == 200
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    judged = [line.split()[1] for line in daemon.messages() if line.startswith("judged ")]
    assert sorted(judged, key=int) == [str(number) for number in range(40)]


@pytest.mark.parametrize("where", ["report", "endpoint", "background"])
def test_an_endless_function_does_not_hold_up_the_end(launch, where):
    loop = 'function() infoLog("endless now", {}) while true do end end'
    config = {
        "report": f"setReport({loop})\n",
        "endpoint": f'setCustomEndpoint("e", {loop})\n',
        "background": f'setBackground("b", {loop})\nintervalScheduleBackgroundFunc("00:00:01", "b")\n',
    }[where]
    daemon = launch(BASE + "setLuaTimeoutSecs(60)\nsetShutdownTimeoutSecs(1)\n" + config)
    with daemon.connect() as connection:
        if where == "report":
            assert daemon.report(login="x").status == 200
        elif where == "endpoint":
            connection.send(request("POST", "/command/e", b"{}"))
        daemon.wait_for_line("^endless now$")
        daemon.signal(signal.SIGTERM)
        daemon.wait_exit(timeout=8)


def test_half_a_request_does_not_hold_up_the_end(launch):
    daemon = launch(BASE)
    with daemon.connect() as half, daemon.connect() as body:
        half.send(b"POST /?command=report HTTP/1.1\r\nHost:")
        body.send(request("POST", "/?command=report", headers=("Content-Length: 100",)) + b"{")
        start = time.monotonic()
        daemon.stop()
        assert time.monotonic() - start < patient(12), "the shutdown time-out bounds it"


def test_listening_ports_do_not_leak_into_children(launch):
    """A child that lives on must not keep the ports busy."""
    daemon = launch(BASE + EVALUATE)
    daemon.evaluate('os.execute("sleep 4 >/dev/null 2>&1 </dev/null &")')
    daemon.stop()
    for address in (daemon.http, daemon.control):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()


def test_it_starts_again_at_once_on_the_same_ports(launch, tmp_path):
    daemon = launch(BASE)
    with daemon.connect() as connection:
        connection.ask(request("GET", "/livez"))
        daemon.stop()  # closes first, and leaves TIME_WAIT behind
    again = Daemon(tmp_path, daemon.config_file.read_text()).start()
    again.http, again.control = daemon.http, daemon.control
    again.wait_ready().stop()


def test_no_files_are_left_behind(launch):
    daemon = launch(BASE)
    daemon.stop()
    assert {path.name for path in daemon.directory.iterdir()} <= {"trackalert.conf", ".history"}


# --- reloading ---


def answer_of(daemon):
    return daemon.post("/command/which").json().get("r_attrs", {}).get("v")


def versioned(version, rest=""):
    return (
        ANSWER_WHEN_DONE
        + BASE
        + f"""
setCustomEndpoint("which", function() return true, {{ v="{version}" }} end)
setReport(function(lt) infoLog("report by {version}", {{}}) end)
{rest}
"""
    )


def test_a_good_configuration_is_taken(launch):
    daemon = launch(versioned(1))
    assert answer_of(daemon) == "1"
    daemon.write_config(versioned(2, 'setACL({"127.0.0.0/8", "192.0.2.0/24"})'))
    daemon.signal(signal.SIGHUP)
    eventually(lambda: answer_of(daemon) == "2")
    assert {answer_of(daemon) for _ in range(30)} == {"2"}, "in all workers"
    mark = daemon.mark()
    daemon.report(login="x")
    daemon.wait_for_line("^report by 2$", since=mark)
    assert daemon.console("showACL()") == "127.0.0.0/8\n192.0.2.0/24\n"


@pytest.mark.parametrize("bad", ["x = = 1", "error('boom')", "addACL('garbage')"])
def test_a_bad_configuration_changes_nothing(launch, bad):
    daemon = launch(versioned(1))
    daemon.write_config(versioned(2, bad))
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line(r"unexpected symbol|boom|Unable to convert 'garbage'", since=mark)
    assert {answer_of(daemon) for _ in range(30)} == {"1"}
    daemon.write_config(versioned(3))
    daemon.signal(signal.SIGHUP)
    eventually(lambda: answer_of(daemon) == "3")


def test_a_configuration_that_is_gone_changes_nothing(launch):
    daemon = launch(versioned(1))
    daemon.config_file.unlink()
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("Unable to read configuration from 'trackalert.conf'", since=mark)
    assert answer_of(daemon) == "1"


def test_reloading_loses_no_request(launch):
    daemon = launch(versioned(1))
    with daemon.connect() as connection:
        for number in range(120):
            if number % 20 == 10:
                daemon.signal(signal.SIGHUP)
            assert connection.ask(request("POST", "/?command=report", b'{"login":"x"}')).status == 200
            assert connection.ask(request("GET", "/livez")).status == 200
    assert daemon.console("stats()") == "120 reports\n"


def test_many_reloads_at_once(launch):
    daemon = launch(versioned(1))
    for version in range(2, 12):
        daemon.write_config(versioned(version))
        daemon.signal(signal.SIGHUP)
    eventually(lambda: answer_of(daemon) == "11")


# --- systemd ---


@pytest.mark.parametrize("options", [("-s",), ("-D",)])
def test_systemd_is_told(launch, tmp_path, options):
    with NotifySocket(tmp_path) as notify:
        daemon = launch(BASE, options=options, env={"NOTIFY_SOCKET": notify.path}, wait=False)
        notify.wait_for("READY=1")
        assert daemon.get("/readyz", auth=None).status == 200, "ready means ready"
        assert daemon.console("return 5") == "5"
        assert "STOPPING=1" not in notify.seen
        daemon.signal(signal.SIGTERM)
        notify.wait_for("STOPPING=1")
        assert daemon.wait_exit() == 0


def test_systemd_is_told_nothing_about_a_failed_start(launch, tmp_path):
    with NotifySocket(tmp_path) as notify:
        daemon = launch(BASE + "error('x')\n", env={"NOTIFY_SOCKET": notify.path}, wait=False)
        assert daemon.wait_exit() == 1
        with pytest.raises(AssertionError):
            notify.wait_for("READY=1", timeout=0.1)


# --- starting ---


@contextlib.contextmanager
def occupied(address):
    with socket.socket() as listener:
        listener.bind(address)
        listener.listen()
        yield


@pytest.mark.parametrize("which", ["http", "control"])
def test_a_port_in_use_is_fatal(tmp_path, which):
    daemon = Daemon(tmp_path, BASE)
    address = getattr(daemon, which)
    with occupied(address):
        assert daemon.start().wait_exit() == 1
    assert "%s:%d" % address in daemon.transcript()
    assert "Address already in use" in daemon.transcript()


def test_the_words_about_a_control_socket_in_use(tmp_path):
    daemon = Daemon(tmp_path, BASE)
    with occupied(daemon.control):
        daemon.start().wait_exit()
    address = "%s:%d" % daemon.control
    assert f"Unable to bind to control socket on {address}: binding socket to {address}: Address already in use" in daemon.messages()


def test_two_listeners(launch):
    port = free_port()
    daemon = launch(BASE + f'addListener("127.0.0.1:{port}", false, "", "", {{}})\n')
    with HttpConnection(("127.0.0.1", port)) as connection:
        assert connection.ask(request("GET", "/livez")).status == 200
    assert daemon.get("/livez").status == 200


def test_probes_are_503_until_it_is_ready(launch):
    """The port may be closed or say 503, but 200 means ready."""
    daemon = launch(BASE, wait=False)
    deadline = Deadline(15)
    seen = []
    while not seen or seen[-1] != 200:
        assert not deadline.over
        try:
            with HttpConnection(daemon.http, timeout=2) as connection:
                seen.append(connection.ask(request("GET", "/readyz", auth=None)).status)
        except (OSError, Closed):
            pass
    assert set(seen) <= {200, 503}
    assert daemon.post("/?command=report", {"login": "x"}).status == 200


# --- the foreground ---


def foreground(launch, config=BASE):
    return launch(config, options=(), stdin=subprocess.PIPE)


def type_line(daemon, line):
    daemon.process.stdin.write(line.encode() + b"\n")
    daemon.process.stdin.flush()


def test_the_foreground_console(launch):
    daemon = foreground(launch)
    mark = daemon.mark()
    type_line(daemon, "showVersion()")
    daemon.wait_for_line(r"trackalert \d+\.\d+", since=mark)
    type_line(daemon, "return 41 + 1")
    daemon.wait_for_line(r"(^|\s)42$", since=mark)
    type_line(daemon, "typed = 7")
    type_line(daemon, "return typed")
    daemon.wait_for_line(r"(^|\s)7$", since=mark)
    type_line(daemon, 'addACL("garbage")')
    type_line(daemon, "x = ")
    type_line(daemon, "return 'still '..'here'")
    daemon.wait_for_line("still here", since=mark)
    assert daemon.get("/livez").status == 200
    type_line(daemon, "quit")
    assert daemon.wait_exit() == 0


def test_the_end_of_input_ends_the_foreground(launch):
    daemon = foreground(launch)
    daemon.process.stdin.close()
    assert daemon.wait_exit() == 0


def test_a_signal_ends_the_foreground(launch):
    daemon = foreground(launch)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_the_docker_mode_needs_no_input(launch):
    daemon = launch(BASE, options=("-D",))  # /dev/null
    daemon.wait_for_line("Starting webserver")
    assert daemon.get("/livez").status == 200


# --- in the background ---

PR_SET_CHILD_SUBREAPER = 36


@contextlib.contextmanager
def adopting_orphans():
    """What a child leaves behind becomes ours, to be waited for."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0)


@pytest.fixture
def background_daemon(tmp_path):
    """A daemon started with -d, its process id, and how it ended."""
    config = (
        BASE
        + EVALUATE
        + """
setBackground("tick", function()
  local f = io.open("ticks", "a") f:write("tick\\n") f:close()
end)
intervalScheduleBackgroundFunc("00:00:01", "tick")
"""
    )
    with adopting_orphans():
        daemon = Daemon(tmp_path, config, options=("-d",)).start()
        assert daemon.wait_exit() == 0, "the parent ends well"
        pid = None
        try:
            eventually(lambda: serves(daemon), 15)
            pid = int(daemon.evaluate('return io.open("/proc/self/stat"):read("*n")')[1])
            yield daemon, pid
        finally:
            if pid:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)


def serves(daemon):
    try:
        return daemon.get("/readyz", auth=None).status == 200
    except (OSError, Closed):
        return False


def exit_status_of(pid, timeout=15):
    def look():
        ended, status = os.waitpid(pid, os.WNOHANG)
        return [os.waitstatus_to_exitcode(status)] if ended else None

    return eventually(look, timeout)[0]


def test_d_goes_to_the_background(background_daemon):
    daemon, pid = background_daemon
    assert pid != daemon.process.pid
    assert os.getsid(pid) == pid, "a session of its own"
    for descriptor in (0, 1, 2):
        assert os.readlink(f"/proc/{pid}/fd/{descriptor}") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/cwd") == str(daemon.directory)
    assert daemon.messages()[0] == "Read configuration from 'trackalert.conf'"
    assert daemon.console("return 5") == "5"


def test_the_scheduler_runs_in_the_background(background_daemon):
    daemon, _ = background_daemon
    ticks = daemon.directory / "ticks"
    eventually(lambda: ticks.exists() and len(ticks.read_text().splitlines()) >= 2)


def test_a_background_daemon_ends_well(background_daemon):
    _, pid = background_daemon
    os.kill(pid, signal.SIGTERM)
    assert exit_status_of(pid) == 0


def test_a_start_that_fails_is_told_to_the_parent(tmp_path):
    daemon = Daemon(tmp_path, BASE, options=("-d",))
    with occupied(daemon.http):
        assert daemon.start().wait_exit() == 1
    assert "Address already in use" in daemon.transcript()


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what was freed")
def test_memory_after_many_reloads(launch):
    """None leaves anything of the Lua states of the one before, once these are closed."""
    daemon = launch(BASE + "setReport(function(lt) end)\n")

    def reload(times):
        for _ in range(times):
            mark = daemon.mark()
            daemon.signal(signal.SIGHUP)
            daemon.wait_for_line("^The configuration was reloaded$", since=mark)

    reload(1)
    before = daemon.resident_mb()
    reload(40)
    eventually(lambda: daemon.resident_mb() - before < 15, 5)
