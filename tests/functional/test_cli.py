# SPDX-License-Identifier: Apache-2.0
"""The command line: options, client mode, configurations that are wrong."""

import os
import pathlib
import re
import subprocess

import pytest

from harness import captures
from harness.daemon import BASE, SANITIZER_REPORT, Daemon, NotifySocket, binary_path
from harness.ports import free_port
from harness.waiting import patient

OPTIONS = captures.load("cli1.json")
CLIENT = captures.load("cli-client.json")
CONFIG_ERRORS = captures.load("cli-config-errors.json")
MIN_CONF = (
    (captures.FIXTURES / "min.conf")
    .read_text("utf-8")
    .replace("127.0.0.1:18085", "@HTTP@")
    .replace("127.0.0.1:14005", "@CONTROL@")
)


class Run:
    """A finished run of the binary."""

    def __init__(self, *arguments, cwd, stdin="", env=None):
        done = subprocess.run(
            [str(binary_path()), *arguments],
            cwd=cwd,
            input=stdin.encode(),
            capture_output=True,
            timeout=patient(20),
            check=False,
            env={**os.environ, **(env or {})},
        )
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")
        assert not SANITIZER_REPORT.search(self.out + self.err), self.out + self.err


@pytest.fixture
def run(tmp_path):
    def run_in_empty_directory(*arguments, **kwargs):
        return Run(*arguments, cwd=tmp_path, **kwargs)

    return run_in_empty_directory


# --- options ---


@pytest.mark.parametrize("argument", ["-h", "--help", "--hel"])
def test_help(run, argument):
    result = run(argument)
    assert (result.status, result.err) == (0, "")
    for option in ("-C", "-c", "-s", "-d", "-D", "-e", "-f", "-l", "-h", "-R", "-v", "--version", "--check-config"):
        assert option in result.out
    assert "trackalert" in result.out


def captured_option_cases():
    for case in OPTIONS:
        if case["rc"] == 1:
            yield pytest.param(case, id=" ".join(case["args"]))


@pytest.mark.parametrize("case", captured_option_cases())
def test_captured_refusal(run, case):
    result = run(*(argument.replace("CAPTURE", "/nonexistent") for argument in case["args"]))
    assert (result.status, result.out) == (1, case["stdout"])


@pytest.mark.parametrize("arguments, shown", [(["-Z"], "-Z"), (["--foo"], "foo"), (["-Z", "-h"], "-Z"), (["-qs"], "-q")])
def test_an_unknown_option_ends_with_2(run, arguments, shown):
    result = run(*arguments)
    assert result.status == 2
    assert re.search(rf"^Option '.*{shown}' is invalid", result.out)
    assert "\0" not in result.out


def test_a_log_level_out_of_range(run):
    result = run("-l", "99999999999", "-C", "/nonexistent/min.conf", "-s")
    assert result.status == 1
    assert "99999999999" in result.out


def test_a_missing_configuration_is_fatal(run, tmp_path):
    result = run("-C", str(tmp_path / "nonexist.conf"), "-s")
    assert result.status == 1
    assert "Unable to read configuration from 'nonexist.conf'" in result.out
    assert result.out.count("Unable to read") == 1


def test_a_configuration_that_is_a_directory_is_fatal(run, tmp_path):
    (tmp_path / "dir.conf").mkdir()
    assert run("-C", str(tmp_path / "dir.conf"), "-s").status == 1


@pytest.mark.parametrize("arguments", [["extra", "-h"], ["-h", "extra"], ["--", "-Z", "-h"]])
def test_words_that_are_no_options_are_ignored(run, arguments, tmp_path):
    result = run("-C", str(tmp_path / "nosuch.conf"), *arguments)
    assert "is invalid" not in result.out
    assert result.status == (1 if arguments[0] == "--" else 0)


@pytest.mark.parametrize("option", ["-R", "--regexes", "--config", "-C", "-f", "--facility", "-l", "--loglevel", "-e", "--execute"])
def test_missing_arguments(run, option):
    letter = {"--regexes": "R", "--config": "C", "--facility": "f", "--loglevel": "l", "--execute": "e"}.get(option, option[1:])
    result = run(option)
    assert (result.status, result.out) == (1, f"Option '-{letter}' requires an argument\n")


def test_version(run):
    result = run("--version")
    assert result.status == 0
    assert re.match(r"trackalert \d+\.\d+", result.out)


@pytest.mark.parametrize("facility", ["local0", "daemon", "authpriv", "mail", "local7"])
def test_facilities_are_known(run, facility, tmp_path):
    assert "Bad log facility" not in run("-f", facility, "-C", str(tmp_path / "nosuch.conf")).out


# --- --check-config, --hash-password ---


def write(tmp_path, text, name="t.conf"):
    path = tmp_path / name
    path.write_text(text.replace("@HTTP@", f"127.0.0.1:{free_port()}").replace("@CONTROL@", f"127.0.0.1:{free_port()}"))
    return str(path)


def test_check_config_of_a_good_one(run, tmp_path):
    result = run("--check-config", "-C", write(tmp_path, MIN_CONF))
    assert result.status == 0


def test_check_config_opens_no_sockets(launch, tmp_path):
    daemon = launch(BASE)
    result = Run("--check-config", "-C", str(daemon.config_file), cwd=tmp_path)
    assert result.status == 0, "the ports are taken, and that is all right"


@pytest.mark.parametrize(
    "text", ["x = = 1", "error('boom')", "addACL('garbage')", "nosuch()", 'addListener("127.0.0.1:1")', "newCA()"]
)
def test_check_config_of_a_bad_one(run, tmp_path, text):
    result = run("--check-config", "-C", write(tmp_path, MIN_CONF + "\n\n" + text + "\n"))
    assert result.status == 1
    assert "t.conf" in result.out + result.err
    assert re.search(r":7:", result.out + result.err), "the line"


def test_check_config_never_says_secrets(run, tmp_path):
    result = run("--check-config", "-v", "-C", write(tmp_path, MIN_CONF + "\nsetKey(5, 6)\n"))
    assert result.status == 1
    assert captures.CONSOLE_KEY not in result.out + result.err


def test_a_hashed_password_works(run, launch):
    result = run("--hash-password", stdin="pass:word\n")
    assert result.status == 0
    assert "pass:word" not in result.out + result.err
    (hashed,) = [line for line in result.out.splitlines() if line.startswith("$")]
    daemon = launch(f'addListener("@HTTP@", false, "", "", {{}})\nsetWebserverPassword("{hashed}")\n')
    assert daemon.get("/?command=stats", auth="Authorization: Basic Zm9vOnBhc3M6d29yZA==").status == 200
    assert daemon.get("/?command=stats", auth="Authorization: Basic Zm9vOnBhc3M=").status == 401
    other = run("--hash-password", stdin="pass:word\n")
    assert hashed not in other.out, "salted"


# --- the client ---


@pytest.fixture(scope="module")
def server(launch_shared):
    return launch_shared(MIN_CONF, config_name="min.conf")


def client_cases():
    """Those that talk to a running daemon and come back with an answer."""
    for case in CLIENT:
        arguments = case["args"]
        if "" in arguments or "shutdown()" in arguments or "Fatal error" in case["stdout"]:
            continue
        yield pytest.param(case, id=" ".join(arguments))


@pytest.mark.parametrize("case", client_cases())
def test_captured_client_run(server, tmp_path, case):
    """Runs with the default configuration get the test's own, the rest of the line is as captured."""
    arguments = [argument.replace("CAPTURE/min.conf", str(server.config_file)) for argument in case["args"]]
    if "'min.conf'" not in case["stdout"]:
        arguments = ["-C", str(server.config_file), *arguments]
    result = Run(*arguments, cwd=tmp_path)
    assert result.status == case["rc"]
    assert comparable(result.out, server) == comparable(case["stdout"], server)


def comparable(out, server):
    out = out.replace("127.0.0.1:14005", "%s:%d" % server.control)
    out = re.sub(r"configuration from '.*'", "configuration from 'min.conf'", out)
    out = re.sub(r"^trackalert \S+$", "trackalert VERSION", out, flags=re.MULTILINE)
    return sorted(out.splitlines()) if "fc00::/7" in out else out


def test_c_takes_no_option_for_a_file(server, tmp_path):
    result = Run("-C", str(server.config_file), "-c", "-e", "return 5", cwd=tmp_path)
    assert result.status == 0
    assert result.out.endswith("\n5\n")


def test_e_without_a_command(run):
    result = run("-c", "-e")
    assert (result.status, result.out) == (1, "Option '-e' requires an argument\n")


def test_the_last_configuration_wins(server, tmp_path):
    result = Run("-C", write(tmp_path, MIN_CONF), "-c", str(server.config_file), "-e", "return 5", cwd=tmp_path)
    assert (result.status, result.out.splitlines()[-1]) == (0, "5")


def test_nobody_there(run, tmp_path):
    conf = write(tmp_path, MIN_CONF)
    result = run("-C", conf, "-e", "showVersion()")
    assert result.status == 1
    assert re.search(r"^Fatal error: connecting socket to 127\.0\.0\.1:\d+: Connection refused$", result.out, re.MULTILINE)


def test_a_client_needs_no_configuration(run, tmp_path):
    """It tries the default address; who knows whether anybody is there, and with which key."""
    result = run("-C", str(tmp_path / "nosuch.conf"), "-e", "showVersion()")
    assert "Connecting to 127.0.0.1:4005" in result.out


def test_shutdown_by_client(launch, tmp_path):
    daemon = launch(MIN_CONF)
    result = Run("-C", str(daemon.config_file), "-e", "shutdown()", cwd=tmp_path)
    assert result.status == 1
    assert "Fatal error: EOF while writing message\n" in result.out
    assert daemon.wait_exit() == 0


def test_a_wrong_key(server, tmp_path):
    other = server.config_file.read_text().replace(captures.CONSOLE_KEY, "A" * 43 + "=")
    result = Run("-C", write(tmp_path, other), "-e", "return 5", cwd=tmp_path)
    assert result.status == 1
    assert "Fatal error" in result.out


def test_an_empty_command_never_starts_a_daemon(server, tmp_path):
    result = Run("-C", str(server.config_file), "-e", "", cwd=tmp_path)
    assert result.status in (0, 1)
    assert server.console("return 5") == "5"


def test_the_interactive_client(server, tmp_path):
    result = Run("-c", str(server.config_file), cwd=tmp_path, stdin="return 41 + 1\n\nshowVersion()\nerror('x')\nquit\n")
    assert result.status == 0
    assert "\n42\n" in result.out
    assert re.search(r"^trackalert \S+$", result.out, re.MULTILINE)
    assert "Error: [string \"error('x')\"]:1: x" in result.out


def test_the_interactive_client_ends_at_eof(server, tmp_path):
    result = Run("-c", str(server.config_file), cwd=tmp_path, stdin="return 7")
    assert result.status == 0
    assert "7" in result.out


def test_history(server, tmp_path):
    Run("-c", str(server.config_file), cwd=tmp_path, stdin="return 1\nreturn 1\nreturn 2\nquit\n")
    history = (server.directory / ".history").read_text().splitlines()
    assert history[-3:] == ["return 1", "return 2", "quit"]
    assert (server.directory / ".history").stat().st_mode & 0o077 == 0, "it may hold keys"


# --- configurations that are wrong ---

# What the captured runs that went on, or ended with 0, come to; and where either way is right.
RUNS = "runs"
OUTCOMES = {
    "badca.conf": {RUNS},
    "badcron4.conf": {RUNS},
    "badlisten.conf": {1},
    "geo.conf": {RUNS},
    "keybad.conf": {RUNS},
    "lua52.conf": {RUNS},
    "ret.conf": {RUNS},
    "exit.conf": {3},
    "shutdown.conf": {0},
    "syntax.conf": {1},
    "portinuse.conf": {1, RUNS},  # without a key nothing is bound
    "ssl.conf": {1},
}
FUNCTIONS = {
    "badarg.conf": "addListener",
    "badcron.conf": "cronScheduleBackgroundFunc",
    "badcron2.conf": "cronScheduleBackgroundFunc",
    "badcron3.conf": "cronScheduleBackgroundFunc",
    "badint.conf": "intervalScheduleBackgroundFunc",
    "badmask.conf": "addACL",
}
REASONS = {
    "badarg.conf": "This function requires at least 5 parameter(s)",
    "badca.conf": "newCA() error parsing address/port [x]. Make sure to use IP addresses not hostnames",
    "badcron.conf": "malformed cron string: x",
    "badcron2.conf": "malformed cron string: * * * *",
    "badcron3.conf": "cron out of range: 61 * * * *",
    "badlisten.conf": "addListener() error parsing address/port [localhost:18085]",
    "ssl.conf": "addListener() certificate file [/nonexist] does not exist or cannot be read",
    "badint.conf": "Cannot parse duration string: xx",
    "badmask.conf": "Unable to convert 'garbage' to a netmask",
    "err.conf": "boom",
    "runtime.conf": "attempt to call global 'foo' (a nil value)",
    "syntax.conf": "unexpected symbol near '='",
}


def config_name(case):
    return pathlib.PurePath(case["args"][-1]).name


@pytest.mark.parametrize("case", CONFIG_ERRORS, ids=config_name)
def test_captured_configuration(case, tmp_path):
    name = config_name(case)
    allowed = OUTCOMES.get(name, {1})
    text = (captures.FIXTURES / "cfg" / name).read_text("utf-8")
    text = text.replace("127.0.0.1:18085", "@HTTP@").replace("127.0.0.1:14005", "@CONTROL@")
    with NotifySocket(tmp_path) as notify:
        daemon = Daemon(tmp_path, text, ("-s",), env={"NOTIFY_SOCKET": notify.path}, config_name=name).start()
        if allowed == {RUNS}:
            notify.wait_for("READY=1")
            daemon.stop()
        elif RUNS in allowed:
            if not ends_by_itself(daemon):
                daemon.stop()
        else:
            assert daemon.wait_exit() in allowed
    out = "\n".join(daemon.messages())
    assert out.startswith(f"Read configuration from '{name}'")
    if name in REASONS:
        assert REASONS[name] in out
        if RUNS not in allowed:
            assert name in out.split("\n", 1)[1] or '[string "chunk"]' in out
            assert ":1: " in out, "the line"
            assert FUNCTIONS.get(name, "") in out


def ends_by_itself(daemon):
    try:
        daemon.process.wait(patient(3))
        return True
    except subprocess.TimeoutExpired:
        return False


def test_only_one_report_of_what_is_wrong(tmp_path, launch):
    """The file runs in every state, but the first error is the only one."""
    daemon = launch(BASE + "error('only once')\n", wait=False)
    assert daemon.wait_exit() == 1
    assert daemon.transcript().count("only once") == 1


def test_an_error_in_a_worker_only_is_fatal(launch):
    """A configuration that fails the second time it runs."""
    marker = "marker-of-the-first-run"
    daemon = launch(
        BASE + f'local f = io.open("{marker}") if f then error("second run") end io.open("{marker}", "w"):close()\n',
        wait=False,
    )
    assert daemon.wait_exit() == 1
    assert "second run" in daemon.transcript()


@pytest.mark.parametrize("text", ['setKey("a", "b")', "setWebserverPassword(nil)", "addListener('x', false, '', '', { a = true })"])
def test_errors_name_file_line_and_function(launch, text):
    daemon = launch(BASE + "\n\n" + text + "\n", wait=False, config_name="named.conf")
    assert daemon.wait_exit() == 1
    out = "\n".join(daemon.messages()[1:])
    assert re.search(r"named\.conf", out)
    assert re.search(r":8:", out)
    assert text.split("(")[0] in out


@pytest.mark.parametrize("call", ["setNumWorkerThreads(-1)", "setNumSchedulerThreads(-5)", "setNumLuaStates(0)"])
def test_senseless_numbers_do_not_abort(launch, call):
    """Refused or corrected, but no crash; the status says which."""
    daemon = launch(BASE + call + "\n", wait=False)
    if ends_by_itself(daemon):
        assert daemon.wait_exit() == 1
        assert call.split("(")[0] in daemon.transcript()


def test_unusable_certificates_exit_1(launch, tmp_path):
    """A file that is no certificate aborted the original."""
    pem = tmp_path / "no.pem"
    pem.write_text("this is no certificate\n")
    daemon = launch(f'addListener("@HTTP@", true, "{pem}", "{pem}", {{}})\nsetWebserverPassword("x")\n', wait=False)
    assert daemon.wait_exit() == 1
    assert "no.pem" in daemon.transcript()


def test_without_a_password_only_loopback_listens(launch):
    daemon = launch('addListener("0.0.0.0:@HTTP_PORT@", false, "", "", {})\n', wait=False)
    assert daemon.wait_exit() == 1
    assert "password" in daemon.transcript().lower()
    assert "0.0.0.0" in daemon.transcript()


def test_relative_paths_start_at_the_configuration(run, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    conf = write(inner, 'assert(io.open("beside.txt"))\nassert(require("module").x == 5)\n')
    (inner / "beside.txt").write_text("x")
    (inner / "module.lua").write_text("return { x = 5 }")
    assert run("--check-config", "-C", conf).status == 0
    assert run("--check-config", "-C", "inner/t.conf").status == 0


def test_the_stock_scenario_starts(launch):
    """webserver(), the deprecated way."""
    daemon = launch('webserver("@HTTP@", "super")\n', wait=False)
    daemon.wait_for_line(
        r"^Warning - webserver\(\) configuration command is deprecated in favour of addListener\(\)"
        r" and will be removed in a future version$"
    )
    daemon.wait_for_line("^Adding webserver listener on 127.0.0.1:")
    daemon.wait_ready()
    assert daemon.get("/?command=stats").status == 200
