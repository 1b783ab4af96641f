# SPDX-License-Identifier: Apache-2.0
"""What /api/v1/ tells of the history."""

import json
import urllib.parse

import pytest

from harness.daemon import BASE
from harness.history import REMEMBERING, ask_json, query, remember, total
from harness.wire_http import BASIC_AUTH, request

DAY = 86400
ODD = "änn/x..y+z@example.com"


@pytest.fixture(scope="module")
def daemon(launch_shared):
    daemon = launch_shared(REMEMBERING)
    for number in range(5):
        remember(daemon, f"victim{number}", "198.51.100.66", False, pwhash="aaaa", device_id="", protocol="imap")
    remember(daemon, ODD, "192.0.2.1", ago=2 * DAY)
    remember(daemon, ODD, "192.0.2.2")
    return daemon


def login_path(login):
    return "logins/" + urllib.parse.quote(login, safe="")


def test_a_login(daemon):
    status, shown = ask_json(daemon, "GET", login_path(ODD))
    assert status == 200
    assert (shown["login"], shown["known"]) == (ODD, True)
    assert shown["profile"]["successes"] == 2
    assert {net["value"] for net in shown["profile"]["nets"]} == {"192.0.2.0/24"}
    assert [shown["trend"][window]["successes"] for window in ("24h", "7d", "30d")] == [1, 2, 2]
    assert shown["trend"]["7d"]["distinct_remotes"] == 2
    assert [event["remote"] for event in shown["events"]] == ["192.0.2.2", "192.0.2.1"]
    assert "cursor" not in shown


def test_an_unknown_login_is_no_error(daemon):
    status, shown = ask_json(daemon, "GET", "logins/nobody")
    assert (status, shown["known"], shown["events"]) == (200, False, [])
    assert shown["profile"]["first_seen"] is None


def test_a_remote(daemon):
    status, shown = ask_json(daemon, "GET", "remotes/198.51.100.66")
    assert status == 200
    assert (shown["remote"], shown["known"]) == ("198.51.100.66", True)
    assert {window: sums["failures"] for window, sums in shown["trend"].items()} == {"1h": 5, "24h": 5, "7d": 5, "30d": 5}
    assert shown["trend"]["1h"]["distinct_logins"] == 5
    assert {row["value"] for row in shown["top"]["login"]} == {f"victim{number}" for number in range(5)}
    assert len(shown["events"]) == 5


@pytest.mark.parametrize("path", ["nets/192.0.2.0%2F24", "nets/192.0.2.0/24"])
def test_a_net(daemon, path):
    status, shown = ask_json(daemon, "GET", path)
    assert status == 200
    assert (shown["net"], shown["known"]) == ("192.0.2.0/24", True)
    assert shown["trend"]["7d"]["distinct_remotes"] == 2
    assert shown["top"]["login"] == [{"value": ODD, "score": 2}]


def test_nets_of_other_lengths_are_counted(daemon):
    status, shown = ask_json(daemon, "GET", "nets/198.51.0.0/16")
    assert status == 200
    assert shown["trend"]["30d"] == {"successes": 0, "failures": 5, "approximate": False}


@pytest.mark.parametrize(
    ("question", "name", "answer"),
    [
        ({"filter": {"success": False}, "count": {}}, "count", {"successes": 0, "failures": 5, "total": 5}),
        ({"distinct": {"facet": "login"}}, "distinct", 6),
        ({"top": {"facet": "remote", "limit": 1}}, "top", [{"value": "198.51.100.66", "score": 5}]),
    ],
)
def test_questions(daemon, question, name, answer):
    assert query(daemon, **question)[name] == answer


def test_pages(daemon):
    seen = []
    page = query(daemon, events={"limit": 2})
    seen += page["events"]
    while "cursor" in page:
        page = query(daemon, events={"limit": 2, "cursor": page["cursor"]})
        seen += page["events"]
    assert len({event["sequence"] for event in seen}) == len(seen) == 7


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b'{"filter":{"remote":"x"},"count":{}}', "filter.remote"),
        (b'{"filter":{"usr":"x"},"count":{}}', "usr"),
        (b'{"top":{"facet":"city"}}', "city"),
        (b'{"count":{},"events":{}}', ""),
    ],
)
def test_bad_questions(daemon, body, words):
    answer = daemon.post("/api/v1/history/query", body)
    assert answer.status == 400
    assert answer.json()["status"] == "failure"
    assert words in answer.json()["reason"]


def test_a_limit_is_named(daemon):
    status, answer = ask_json(
        daemon, "POST", "history/query", {"top": {"facet": "login", "limit": 5}, "limits": {"rows": 3}}
    )
    assert (status, answer["status"]) in ((422, "failure"), (400, "failure"))
    assert "rows" in answer["reason"] or "limit" in answer["reason"]


@pytest.mark.parametrize("path", ["remotes/nowhere", "nets/192.0.2.0", "nets/192.0.2.0/33"])
def test_what_is_no_address(daemon, path):
    status, answer = ask_json(daemon, "GET", path)
    assert status == 400
    assert answer["reason"].startswith("not a")


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("history/query", "POST"),
        ("logins/x", "GET, HEAD, DELETE"),
        ("remotes/192.0.2.1", "GET, HEAD"),
        ("nets/192.0.2.0/24", "GET, HEAD"),
    ],
)
def test_other_methods(daemon, path, allow):
    answer = daemon.ask(request("PATCH", f"/api/v1/{path}", b"{}", auth=BASIC_AUTH))
    assert (answer.status, answer.header("allow")) == (405, allow)


def test_head_is_get_without_a_body(daemon):
    answer = daemon.ask(request("HEAD", "/api/v1/logins/victim1", auth=BASIC_AUTH), head=True)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["history/query", "logins/x", "remotes/192.0.2.1", "nets/192.0.2.0/24"])
def test_nobody_asks_without_the_password(daemon, path):
    method = "POST" if path == "history/query" else "GET"
    assert daemon.ask(request(method, f"/api/v1/{path}", b'{"count":{}}', auth=None)).status == 401


def test_nobody_erases_without_the_password(daemon):
    assert daemon.ask(request("DELETE", "/api/v1/logins/victim1", auth=None)).status == 401
    assert total(daemon, login="victim1") == 1


def test_erasing(launch):
    daemon = launch(REMEMBERING)
    for _ in range(3):
        remember(daemon, ODD)
    remember(daemon, "bob")
    answer = daemon.ask(request("DELETE", "/api/v1/" + login_path(ODD), auth=BASIC_AUTH))
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok", "erased": 3})
    assert total(daemon, login=ODD) == 0
    assert not ask_json(daemon, "GET", login_path(ODD))[1]["known"]
    assert total(daemon) == 1
    daemon.wait_for_line("^One login was erased from the history, 3 reports, for 127.0.0.1:[0-9]+$")
    assert not any(ODD in line for line in daemon.messages())


def test_without_a_history(launch):
    daemon = launch(BASE)
    for method, path in (("GET", "logins/x"), ("DELETE", "logins/x"), ("GET", "remotes/192.0.2.1"), ("POST", "history/query")):
        status, answer = ask_json(daemon, method, path, {"count": {}} if method == "POST" else None)
        assert status == 404
        assert answer == {"status": "failure", "reason": "history is off: setHistoryDir() turns it on"}


def test_the_description_knows_every_route(daemon):
    described = daemon.get("/api/openapi.json").json()["paths"]
    assert set(described["/api/v1/logins/{login}"]) == {"get", "delete"}
    assert set(described["/api/v1/remotes/{ip}"]) == {"get"}
    assert set(described["/api/v1/nets/{cidr}"]) == {"get"}
    assert set(described["/api/v1/history/query"]) == {"post"}
    for path, methods in described.items():
        if not path.startswith("/api/v1/"):
            continue
        target = path.replace("{login}", "x").replace("{ip}", "192.0.2.1").replace("{cidr}", "192.0.2.0%2F24")
        for method, operation in methods.items():
            body = b'{"count":{}}' if method == "post" else b""
            answer = daemon.ask(request(method.upper(), target, body, auth=BASIC_AUTH))
            assert str(answer.status) in operation["responses"], (method, path)
            wanted = {"401", "404", "429", "503"} | ({"400", "422"} if "history" in operation["tags"] else set())
            assert wanted <= set(operation["responses"]), (method, path)


def schemas_in(node):
    """Every object of a JSON tree that has a "type"."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from schemas_in(child)


def test_the_description_is_of_openapi_3_0(daemon):
    """Where a type is one word, as its tools expect."""
    described = daemon.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.0.")
    assert not [schema for schema in schemas_in(described) if isinstance(schema["type"], list)]


def test_questions_are_counted(daemon):
    query(daemon, count={})
    assert daemon.metrics()['trackalert_commands_total{cmd="history_query"}'] > 0
