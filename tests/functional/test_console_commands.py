# SPDX-License-Identifier: Apache-2.0
"""The captured console commands, in their order, and what they change."""

import base64
import re

import pytest

from harness import captures
from harness.captures import CONSOLE_KEY
from harness.daemon import BASE, EVALUATE, main_conf
from harness.wire_console import ConsoleConnection

CASES = captures.load("console-commands.json")
NOT_PRINTABLE = "Command returned an object we can't print: "
RECEIVER_PORT, REFUSED_PORT = 18199, 18198  # as captured; nothing is sent there


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(main_conf(RECEIVER_PORT, REFUSED_PORT))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["command"][:40] or "empty")
def test_captured_command(daemon, case):
    answer = daemon.console(case["command"])
    assert comparable(case["command"], answer) == comparable(case["command"], case["response"])


def comparable(command, answer):
    if command == "showACL()":
        return sorted(answer.splitlines())
    if answer.startswith(NOT_PRINTABLE):
        return (NOT_PRINTABLE, answer[-1])
    if "showVersion" in command:
        return re.sub(r"^trackalert \S+\n$", "trackalert VERSION\n", answer)
    if command == "makeKey()":
        return re.sub(r'^setKey\("[A-Za-z0-9+/]{43}="\)\n$', "a key", answer)
    if command in ("showPerfStats()", "showCommandStats()", "showCustomStats()"):
        return re.sub(r"=\d+$", "=N", answer, flags=re.MULTILINE)
    return captures.readable(answer)


def test_keys_are_random_and_good(daemon):
    keys = [re.fullmatch(r'setKey\("(.*)"\)\n', daemon.console("makeKey()"))[1] for _ in range(3)]
    assert len(set(keys)) == 3
    assert all(len(base64.b64decode(key, validate=True)) == 32 for key in keys)


def test_arguments_of_numbers_and_strings(daemon):
    assert daemon.console("return 1e15") == "1e+15"
    assert daemon.console("return 0.1") == "0.1"
    assert daemon.console("return 2^53") == "9.007199254741e+15"
    assert daemon.console("return -0.5, 7") == "-0.5"
    assert daemon.console('return nil, "x"') == ""
    assert daemon.console("return") == ""
    assert daemon.console("return false").startswith(NOT_PRINTABLE)


def test_output_comes_before_nothing_and_after_return(daemon):
    """A returned value wins over the output buffer; commands that append add up, those that set start anew."""
    assert daemon.console('showVersion() return "x"') == "x"
    both = daemon.console("showCustomStats() showCustomStats()")
    assert both == 2 * daemon.console("showCustomStats()")
    assert daemon.console("showCustomStats() stats()").endswith(" reports\n")


def test_variables_persist_between_commands_and_sessions(launch):
    daemon = launch(BASE + EVALUATE)
    assert daemon.console("shared = 41") == ""
    assert daemon.console("return shared + 1") == "42"
    for _ in range(20):  # whichever worker answers
        assert daemon.evaluate("return shared") == (True, "41")


def test_functions_redefined_from_the_console(launch):
    daemon = launch(BASE + 'function greet() return "old" end\nsetCustomEndpoint("g", function() return true, {a=greet()} end)\n')
    assert daemon.post("/command/g").body == b'{"r_attrs": {"a": "old"}, "success": true}'
    assert daemon.console('function greet() return "new" end') == ""
    for _ in range(20):
        assert daemon.post("/command/g").body == b'{"r_attrs": {"a": "new"}, "success": true}'


def test_custom_stats_from_the_console(launch):
    daemon = launch(BASE + EVALUATE + 'addCustomStat("b")\naddCustomStat("a")\n')
    assert daemon.console("showCustomStats()") == "a=0\nb=0\n"
    assert daemon.console('addCustomStat("c") addCustomStat("a")') == ""
    for _ in range(3):
        assert daemon.evaluate('incCustomStat("c")') == (True, "nil")
    assert daemon.evaluate('incCustomStat("undeclared")') == (True, "nil")
    assert daemon.console("showCustomStats()") == "a=0\nb=0\nc=3\n"
    assert daemon.metrics()['trackalert_custom_stats_total{metric="c"}'] == 3


def test_command_stats_are_exact(launch):
    daemon = launch(BASE + "".join(f'setCustomEndpoint("e{n}", function() return true, {{}} end)\n' for n in range(25)))
    for number in range(25):
        for _ in range(number % 3):
            assert daemon.post(f"/command/e{number}").status == 200
    daemon.report(login="x")
    stats = dict(line.split("=") for line in daemon.console("showCommandStats()").splitlines())
    assert list(stats) == sorted(stats)
    for number in range(25):
        assert stats[f"e{number}"] == str(number % 3)
    assert stats["report"] == "1"


def test_perf_stats_move(launch):
    daemon = launch(BASE)
    daemon.report(login="x")
    lines = daemon.console("showPerfStats()").splitlines()
    assert [line.split("=")[0] for line in lines] == [
        f"{kind}_{bucket}" for kind in ("WTW", "WTR") for bucket in ("0_1", "1_10", "10_100", "100_1000", "Slow")
    ]
    assert sum(int(line.split("=")[1]) for line in lines if line.startswith("WTR")) >= 1


@pytest.mark.parametrize(
    "command",
    [
        'addListener("127.0.0.1:1", false, "", "", {})',
        'controlSocket("127.0.0.1:1")',
        'webserver("127.0.0.1:1", "x")',
        'newNetmaskGroup():addMask("x")',
        "setNumWorkerThreads(-1)",
        "setNumWorkerThreads(8)",
        'setWebserverPassword("other")',
        "setMetricsNoPassword()",
        "error({})",
        "error(nil)",
        "error()",
        "local function f() return f() + 1 end return f()",
        'return string.rep("x", 1e6):rep(1e6)',
        'return setmetatable({}, {__tostring=function() error("x") end})',
        "coroutine.yield(1)",
        "\x1bLJ\x02",
        "print(string.char(0,255))",
        'assert(loadstring("\\27LJ\\2\\2garbage"))()',
        "debug.sethook() collectgarbage()",
    ],
)
def test_nothing_typed_on_the_console_kills_the_daemon(daemon, command):
    """Each is answered somehow, an error or not, and the next command works."""
    daemon.console(command)
    assert daemon.console("return 5") == "5"
    assert daemon.get("/livez").status == 200


def test_settings_that_are_sealed_say_so_or_work(launch):
    daemon = launch(BASE)
    answer = daemon.console('setWebserverPassword("other")')
    other = "Authorization: Basic Zm9vOm90aGVy"  # foo:other
    assert answer != "" or daemon.get("/?command=stats", auth=other).status == 200


def test_print_goes_to_the_daemons_output(daemon):
    mark = daemon.mark()
    assert daemon.console('print("from the console")') == ""
    daemon.wait_for_line("^from the console", since=mark)


def test_completion_list_is_no_command(daemon):
    assert daemon.console("addWebHook()").startswith("Error: ")


def test_many_commands_in_a_session(daemon):
    with ConsoleConnection(daemon.control, CONSOLE_KEY) as console:
        for number in range(200):
            assert console.run(f"x = {number} return x") == str(number)
