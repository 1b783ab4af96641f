# SPDX-License-Identifier: Apache-2.0
"""The POSTs of a real wforce 3.2.0, byte for byte."""

import json
import re

import pytest

from harness import captures
from harness.daemon import ANSWER_WHEN_DONE, main_conf


def captured_posts():
    data = (captures.FIXTURES / "wforce-report-webhook.txt").read_bytes()
    for piece in re.split(rb"^--- conn .*\n", data, flags=re.MULTILINE)[1:]:
        head, rest = piece.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])
        assert len(rest) >= length
        yield head + b"\r\n\r\n", rest[:length]


POSTS = list(captured_posts())


@pytest.fixture(scope="module")
def daemon(launch_shared):
    daemon = launch_shared(ANSWER_WHEN_DONE + main_conf())
    daemon.wait_for_line("^Accepting control connections")  # the last of the start: it answers before it has said all
    return daemon


def boolean(value):
    return "true" if value else "false"


def expected_line(body):
    """What the report function of the captures logs of it."""
    report = json.loads(body)
    single = sorted(f"{k}={v}" for k, v in report["attrs"].items() if isinstance(v, str))
    multi = sorted(f"{k}=[{'|'.join(v)}]" for k, v in report["attrs"].items() if isinstance(v, list))
    device = sorted(f"{k}={v}" for k, v in report["device_attrs"].items())
    parts = {
        "t": "%.17g" % report["t"],
        "login": report["login"],
        "pwhash": report["pwhash"],
        "remote": report["remote"],
        "success": boolean(report["success"]),
        "policy_reject": boolean(report["policy_reject"]),
        "protocol": report["protocol"],
        "tls": boolean(report["tls"]),
        "device_id": report["device_id"],
        "session_id": report["session_id"],
        "fail_type": report["fail_type"],
        "attrs": "{" + ",".join(single) + "}",
        "attrs_mv": "{" + ",".join(multi) + "}",
        "device_attrs": "{" + ",".join(device) + "}",
    }
    return 'REPORT: s="' + " ".join(f"{name}={value}" for name, value in parts.items()) + '" '


@pytest.mark.parametrize("post", POSTS, ids=lambda post: json.loads(post[1])["login"])
def test_captured_post(daemon, post):
    head, body = post
    mark = daemon.mark()
    answer = daemon.ask(head + body)
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    daemon.wait_for_line("^REPORT", since=mark)
    assert daemon.messages(mark) == [expected_line(body)]


def test_all_on_one_connection_as_wforce_sends_them(daemon):
    with daemon.connect() as connection:
        for head, body in POSTS * 20:
            assert connection.ask(head + body).body == b'{"status":"ok"}'


def test_a_kafka_wrapper_is_no_report(daemon):
    body = b'{"records": [{"value": {"login": "x", "remote": "1.2.3.4"}}]}'
    assert daemon.post("/?command=report", body).status == 400


def test_a_slow_function_does_not_make_wforce_count_a_failure(launch):
    """wforce gives a report two seconds."""
    daemon = launch(main_conf() + "setReport(function() local stop = os.time() + 4 while os.time() < stop do end end)\n")
    head, body = POSTS[0]
    with daemon.connect(timeout=2) as connection:
        assert connection.ask(head + body).status == 200
