# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the HTTP server at all."""

import pytest

from harness import captures
from harness.daemon import BASE
from harness.ports import has_ipv6
from harness.wire_http import HttpConnection, parse_responses, request

CASES = {case["name"]: case for case in captures.load("http-acl.json")}

DEFAULT_NETWORKS = {
    "127.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "192.168.0.0/16",
    "172.16.0.0/12",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
}


def refusal(address):
    return ('{"status":"failure", "reason":"Source IP Address not in ACL", "ip":"%s"}' % address).encode()


@pytest.fixture(scope="module")
def closed_daemon(launch_shared):
    return launch_shared(BASE + 'setACL({"192.0.2.0/24"})\n')


@pytest.mark.parametrize("name", CASES)
def test_captured_refusal(closed_daemon, name):
    """setACL in the configuration drops the default networks, so we are outside."""
    case = CASES[name]
    (expected,) = parse_responses(captures.raw(case["response"]))
    with closed_daemon.connect() as connection:
        answer = connection.ask(captures.whole_request(case["request"]))
        assert (answer.status, answer.body) == (expected.status, expected.body)
        assert answer.header("content-type") == "application/json; charset=utf-8"
        assert answer.header("www-authenticate") is None
        if not answer.says_close():
            assert connection.ask(request("GET", "/nothing")).status == 404


@pytest.mark.parametrize("target", ["/livez", "/readyz", "/?command=report", "/command/report"])
def test_probes_and_reports_are_refused_too(closed_daemon, target):
    method = "POST" if "report" in target else "GET"
    answer = closed_daemon.ask(request(method, target, b'{"login":"x"}' if method == "POST" else None))
    assert (answer.status, answer.body) == (401, refusal("127.0.0.1"))


def acl_of(daemon):
    return daemon.wait_for_line("^ACL allowing queries from: (.*)")[1].split(", ")


def test_default_networks(launch):
    daemon = launch(BASE)
    assert set(acl_of(daemon)) == DEFAULT_NETWORKS
    assert set(daemon.console("showACL()").splitlines()) == DEFAULT_NETWORKS


def test_add_extends_the_defaults(launch):
    daemon = launch(BASE + 'addACL("192.0.2.0/24")\naddACL("!127.0.0.1")\n')
    assert set(acl_of(daemon)) == DEFAULT_NETWORKS | {"192.0.2.0/24", "!127.0.0.1/32"}
    assert daemon.get("/livez").body == refusal("127.0.0.1"), "the longest match decides, and it says no"


def test_set_replaces_and_add_extends_that(launch):
    daemon = launch(BASE + 'setACL({"192.0.2.0/24"})\naddACL("127.0.0.1")\n')
    assert set(acl_of(daemon)) == {"192.0.2.0/24", "127.0.0.1/32"}
    assert daemon.get("/livez").status == 200


def test_changes_from_the_console_work_at_once(launch):
    daemon = launch(BASE)
    with daemon.connect() as connection:
        livez = request("GET", "/livez")
        assert connection.ask(livez).status == 200
        assert daemon.console('setACL({"192.0.2.0/24"})') == ""
        assert connection.ask(livez).status == 401
        assert daemon.console("showACL()") == "192.0.2.0/24\n"
        assert daemon.console('addACL("127.0.0.0/8") addACL("!127.0.0.2")') == ""
        assert connection.ask(livez).status == 200
        assert daemon.console("showACL()") == "192.0.2.0/24\n127.0.0.0/8\n!127.0.0.2/32\n"


@pytest.mark.parametrize(
    "command",
    ['addACL("garbage")', 'setACL({"bad"})', 'addACL("")', 'addACL("1.2.3.4/99")', 'setACL({"127.0.0.0/8", "bad"})'],
)
def test_a_bad_mask_from_the_console_changes_nothing(launch, command):
    daemon = launch(BASE)
    before = daemon.console("showACL()")
    assert daemon.console(command).startswith("Error: ")
    assert daemon.console("showACL()") == before
    assert daemon.get("/livez").status == 200


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_ipv4_clients_of_an_ipv6_listener_match_ipv4_entries(launch):
    daemon = launch(BASE.replace("@HTTP@", "[::]:@HTTP_PORT@") + 'setACL({"127.0.0.0/8"})\n')
    assert daemon.get("/livez").status == 200
    port = daemon.http[1]
    with HttpConnection(("::1", port)) as six:
        assert six.ask(request("GET", "/livez")).body == refusal("::1")
    daemon.console('setACL({"::1/128"})')
    assert daemon.get("/livez").body == refusal("127.0.0.1"), "the address as IPv4"
    with HttpConnection(("::1", port)) as six:
        assert six.ask(request("GET", "/livez")).status == 200
