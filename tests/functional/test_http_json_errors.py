# SPDX-License-Identifier: Apache-2.0
"""What is no JSON, or no report, is refused with 400 and the reason that clients of the original know."""

import json
import re

import pytest

import differences
from harness import captures
from harness.daemon import main_conf

CASES = {case["name"]: case for case in captures.load("http-json-errors.json")}
JSON_TYPE = "application/json; charset=utf-8"


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(main_conf())


@pytest.mark.parametrize("name", CASES)
def test_captured_body(daemon, name):
    case = CASES[name]
    captured_body = case["response"].split("\r\n\r\n", 1)[1]
    answer = daemon.ask(captures.whole_request(case["request"]))
    assert answer.header("content-type") == JSON_TYPE
    difference = differences.HTTP_JSON_ERRORS.get(name)
    if difference:
        assert answer.status in difference.status
        reason = difference.reason
    elif case["response"].startswith("HTTP/1.1 200"):
        assert (answer.status, answer.body) == (200, captured_body.encode())
        return
    else:  # the reason stands unescaped in the capture
        assert answer.status == 400
        reason = re.escape(re.fullmatch(r'\{.*"reason":"(.*)"\}', captured_body, re.DOTALL)[1]) + r"\Z"
    body = answer.json()
    assert re.search(reason, body["reason"])
    if name.startswith("custom"):
        assert body["success"] is False
    else:
        assert body["status"] == "failure"


@pytest.mark.parametrize(
    "body, reason",
    [
        (b'{"login":"x"}\0garbage', "unexpected trailing"),
        (b'{"login":"x"}\0', "unexpected trailing"),
        (b'{"login":"x"}{"login":"y"}', "unexpected trailing"),
        (b'{"login":"x"', "unexpected end of input"),
        (b'{"login":"x\0y"}', r"unescaped \(0\) in string"),
        (b'{"login":"x","t":1.}', "at least one digit required in fractional part"),
        (b'{"login":"x","t":1e}', "at least one digit required in exponent"),
        (b'{"login":"\\u12"}', r"bad \\u escape"),
        (b'{"login":"x" "t":1}', "expected ',' in object"),
        (b'{"login":"x","attrs":[1 2]}', "expected ',' in list"),
        (b"\xff\xfe{\x00}\x00", "expected value"),
    ],
)
def test_other_broken_bodies(daemon, body, reason):
    answer = daemon.post("/?command=report", body)
    assert answer.status == 400
    assert answer.json()["status"] == "failure"
    assert re.search(reason, answer.json()["reason"])


@pytest.mark.parametrize(
    "fields, name",
    [
        ({}, "login"),
        ({"t": 5, "success": True}, "login"),
        ({"login": 5}, "login"),
        ({"login": None, "remote": None}, "login"),
        ({"login": "x", "remote": "localhost"}, "remote"),
        ({"login": "x", "remote": ""}, "remote"),
        ({"remote": "1.2.3.4/32"}, "remote"),
        ({"remote": "1.2.3.4.5"}, "remote"),
        ({"remote": "\n1.2.3.4"}, "remote"),
        ({"remote": "1.2.3.4\0"}, "remote"),
    ],
)
def test_refusals_name_the_field(daemon, fields, name):
    answer = daemon.report(**fields)
    assert answer.status == 400
    assert answer.body.startswith(b'{"status":"failure", "reason":"')
    assert name in answer.json()["reason"]


@pytest.mark.parametrize("fields", [{"login": "x"}, {"remote": "192.0.2.1"}, {"remote": "2001:db8::1", "login": 5}])
def test_one_of_login_and_remote_is_enough(daemon, fields):
    answer = daemon.report(**fields)
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


def test_a_refused_report_does_not_count_as_one(daemon):
    before = daemon.get("/?command=stats").json()["reports"]
    counted = daemon.metrics()
    for body in (b"{", b"[]", b'{"login":"x","remote":"bad"}', b"{}"):
        assert daemon.post("/?command=report", body).status == 400
    assert daemon.get("/?command=stats").json()["reports"] == before
    after = daemon.metrics()
    grown = {name: after[name] - counted.get(name, 0) for name in after if re.search(r"\{.*reason=", name)}
    assert sum(grown.values()) == 4, "each refusal is counted once, by its reason"
    assert sum(1 for value in grown.values() if value) >= 3, "the reasons are told apart"


def test_hostile_text_in_a_reason_stays_json(daemon):
    answer = daemon.report(login="x", remote='"}\\\n\x7f<script>\u2028')
    assert answer.status == 400
    assert "remote" in answer.json()["reason"]
    answer = daemon.post("/?command=report", b'{"login":"x","remote":"\xff\xfe"}')
    assert answer.status == 400
    json.loads(answer.body.decode("utf-8", "replace"))
