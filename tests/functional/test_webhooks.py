# SPDX-License-Identifier: Apache-2.0
"""Outgoing webhooks: the requests as captured, failures, limits, the end."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import signal
import ssl
import subprocess

import pytest

from harness import captures
from harness.daemon import BASE, EVALUATE, main_conf
from harness.waiting import eventually
from harness.webhook_receiver import WebhookReceiver

VARYING = {"Host", "X-Wforce-Delivery"}


def captured_requests():
    """(request line, headers, body) of each capture."""
    data = (captures.FIXTURES / "custom-webhook-requests.http").read_bytes()
    for piece in re.split(rb"^--- conn .*\n", data, flags=re.MULTILINE)[1:]:
        head, rest = piece.split(b"\r\n\r\n", 1)
        line, *headers = head.decode().split("\r\n")
        headers = [tuple(header.split(": ", 1)) for header in headers]
        length = int(dict(headers)["Content-Length"])
        yield line, headers, rest[:length]


CAPTURED = list(captured_requests())


@pytest.fixture
def daemon(launch, receiver, refused_port):
    return launch(main_conf(receiver.port, refused_port))


def run_hook(daemon, name, data):
    """Through the report function of the captures."""
    assert daemon.report(login="hook", pwhash=name, device_id=data).status == 200


def webhook_config(receiver, path="/x", **settings):
    """A configuration with a hook named h."""
    pairs = ", ".join(f"[{json.dumps(key)}]={json.dumps(value)}" for key, value in settings.items())
    return BASE + EVALUATE + f'addCustomWebHook("h", {{ url="{receiver.url(path)}", {pairs} }})\n'


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda captured: captured[0])
def test_captured_request(daemon, receiver, captured):
    line, headers, body = captured
    name = dict(headers)["X-Wforce-Event"]
    before = datetime.datetime.now(datetime.timezone.utc)
    run_hook(daemon, name, body.decode())
    (received,) = receiver.wait_for(1)
    assert received.method == "POST"
    assert received.path in expected_paths(line.split(" ")[1], before)
    assert [header for header, _ in received.headers] == [header for header, _ in headers]
    for (header, value), (_, captured_value) in zip(received.headers, headers):
        if header not in VARYING:
            assert value == captured_value
    assert received.header("Host") == f"127.0.0.1:{receiver.port}"
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", received.header("X-Wforce-Delivery"))
    assert received.body == body


def expected_paths(path, before):
    """The date may turn while the test runs."""
    after = datetime.datetime.now(datetime.timezone.utc)
    return {re.sub(r"\d{4}-\d\d-\d\d", day.strftime("%Y-%m-%d"), path) for day in (before, after)}


def test_signature_of_the_bytes_sent(daemon, receiver):
    data = "caf\u00e9 \0 \u20ac"
    run_hook(daemon, "hook_full", data)
    (received,) = receiver.wait_for(1)
    assert received.body == data.encode()
    digest = hmac.new(b"secret", data.encode(), hashlib.sha256).digest()
    assert received.header("X-Wforce-Signature") == base64.b64encode(digest).decode()


def test_delivery_ids_are_unique(daemon, receiver):
    for _ in range(30):
        run_hook(daemon, "hook_min", "same")
    received = receiver.wait_for(30)
    assert len({request.header("X-Wforce-Delivery") for request in received}) == 30


def test_large_bodies_arrive_whole(launch, receiver):
    daemon = launch(webhook_config(receiver))
    assert daemon.evaluate('runCustomWebHook("h", string.rep("0123456789", 30000))') == (True, "nil")
    (received,) = receiver.wait_for(1)
    assert received.body == b"0123456789" * 30000


def test_macros(launch, receiver):
    daemon = launch(webhook_config(receiver, "/%{YYYY}/%{YYYY}%{MM}%{dd}?%{HH}%{yyyy}%{DD}%{"))
    before = datetime.datetime.now(datetime.timezone.utc)
    daemon.evaluate('runCustomWebHook("h", "x")')
    (received,) = receiver.wait_for(1)
    assert received.path in expected_paths(before.strftime("/%Y/%Y%m%d?%%{HH}%%{yyyy}%%{DD}%%{"), before)


def test_an_empty_secret_signs_and_an_empty_content_type_goes(launch, receiver):
    daemon = launch(webhook_config(receiver, secret="", **{"content-type": ""}))
    daemon.evaluate('runCustomWebHook("h", "x")')
    (received,) = receiver.wait_for(1)
    expected = base64.b64encode(hmac.new(b"", b"x", hashlib.sha256).digest()).decode()
    assert received.header("X-Wforce-Signature") == expected
    assert received.header("Content-Type") is None


def test_success_and_failure_are_counted_and_logged(daemon, receiver, refused_port):
    for name in ("hook_min", "hook_min", "hook_500", "hook_fail"):
        run_hook(daemon, name, "{}")
    url_500 = receiver.url("/status500")
    daemon.wait_for_line(
        rf"^Webhook id=5 failed to url \({url_500}\): \[Received non-2XX response from webserver: 500\]$"
    )
    daemon.wait_for_line(
        rf"^Webhook id=4 failed to url \(http://127\.0\.0\.1:{refused_port}/refused\): \[Failed to connect to .*\]$"
    )
    counted = 'trackalert_custom_webhook_events_total{{id="{}",status="{}",url="{}"}}'
    daemon.wait_for_metric(counted.format(2, "ok", receiver.url("/min")), 2)
    daemon.wait_for_metric(counted.format(5, "error", url_500), 1)
    hooks = daemon.console("showCustomWebHooks()").splitlines()
    assert hooks[2] == "2         hook_min             2         0         " + receiver.url("/min")
    assert hooks[5] == "5         hook_500             0         1         " + url_500
    daemon.wait_for_metric("trackalert_webhook_queue_size", 0)


def test_a_hook_without_url_is_refused_loudly(daemon):
    daemon.wait_for_line(
        r"^Registering custom webhook id=6 name=hook_bad from Lua failed \[Missing mandatory configuration key: url\]$"
    )
    mark = daemon.mark()
    run_hook(daemon, "hook_bad", "x")
    daemon.wait_for_line(
        "^Attempting to run custom webhook with name hook_bad but no such webhook exists!$", since=mark
    )


def test_registration_from_the_console(daemon, receiver):
    answer = daemon.console(f'addCustomWebHook("late", {{ url="{receiver.url("/late")}" }})')
    assert answer == ""
    daemon.wait_for_line(rf"^Registering custom webhook id=7 name=late to url \({receiver.url('/late')}\)$")
    run_hook(daemon, "late", "x")
    (received,) = receiver.wait_for(1)
    assert (received.path, received.header("X-Wforce-HookID")) == ("/late", "7")


def test_duplicate_names_use_the_first_and_warn(launch, receiver):
    daemon = launch(webhook_config(receiver, "/first") + f'addCustomWebHook("h", {{ url="{receiver.url("/second")}" }})\n')
    daemon.evaluate('runCustomWebHook("h", "x")')
    (received,) = receiver.wait_for(1)
    assert received.path == "/first"


def test_long_names_are_cut_in_the_table_only(launch, receiver):
    name = "a_name_of_more_than_20_characters"
    daemon = launch(BASE + f'addCustomWebHook("{name}", {{ url="{receiver.url()}" }})\n')
    assert daemon.console("showCustomWebHooks()").splitlines()[1] == f"1         {name[:20]} 0         0         {receiver.url()}"


@pytest.mark.parametrize("key", ["api-key", "content-type", "url"])
def test_no_header_can_be_injected(launch, receiver, key):
    daemon = launch(BASE + EVALUATE)
    settings = {"url": receiver.url("/x"), "api-key": "k", "content-type": "text/plain"}
    settings[key] += "\r\nX-Injected: 1"
    pairs = ", ".join(f"[{json.dumps(k)}]={json.dumps(v)}" for k, v in settings.items())
    daemon.console(f'addCustomWebHook("evil", {{ {pairs} }})')
    assert "evil" not in daemon.console("showCustomWebHooks()")
    daemon.evaluate('runCustomWebHook("evil", "x")')
    daemon.wait_for_line("webhook with name evil but no such webhook exists!")
    assert not receiver.requests


def test_redirects_are_not_followed(launch, receiver):
    daemon = launch(webhook_config(receiver, "/status307"))
    daemon.evaluate('runCustomWebHook("h", "x")')
    daemon.wait_for_line(r"Webhook id=1 failed .*: \[Received non-2XX response from webserver: 307\]")
    assert [request.path for request in receiver.requests] == ["/status307"]


def test_a_slow_receiver_times_out(launch, receiver):
    daemon = launch("setWebHookTimeoutSecs(1)\n" + webhook_config(receiver, "/hold"))
    daemon.evaluate('runCustomWebHook("h", "x")')
    daemon.wait_for_line(r"Webhook id=1 failed .*: \[.*[Tt]imed? ?out.*\]")


def test_a_full_queue_drops_the_newest_and_says_so(launch, receiver):
    config = webhook_config(receiver, "/hold") + "setNumWebHookThreads(1)\nsetNumWebHookConnsPerThread(1)\n"
    daemon = launch("setWebHookTimeoutSecs(60)\n" + config + "setWebHookQueueSize(3)\n")
    daemon.evaluate('runCustomWebHook("h", "first")')
    receiver.wait_for_held()
    for number in range(5):
        daemon.evaluate(f'runCustomWebHook("h", "{number}")')
    daemon.wait_for_line(
        r"^runHook: Webhook queue at max size \(3\) - dropping webhook id=1 for event \(h\)$"
    )
    receiver.release()
    bodies = [request.body for request in receiver.wait_for(4)]
    assert bodies[0] == b"first" and set(bodies[1:]) == {b"0", b"1", b"2"}
    daemon.wait_for_metric("trackalert_webhook_queue_size", 0)


def test_a_slow_receiver_does_not_hold_up_reports(launch, receiver):
    daemon = launch(webhook_config(receiver, "/hold"))
    for _ in range(100):
        assert daemon.evaluate('runCustomWebHook("h", "x")', timeout=2) == (True, "nil")


def test_the_queue_is_drained_at_the_end(launch, receiver):
    config = webhook_config(receiver, "/hold") + "setNumWebHookThreads(1)\nsetNumWebHookConnsPerThread(2)\n"
    daemon = launch("setWebHookTimeoutSecs(60)\n" + config)
    daemon.evaluate('for i = 1, 20 do runCustomWebHook("h", tostring(i)) end')
    receiver.wait_for_held()
    daemon.signal(signal.SIGTERM)
    receiver.release()
    assert daemon.wait_exit() == 0
    assert {request.body for request in receiver.requests} == {str(number).encode() for number in range(1, 21)}


def test_a_dead_receiver_does_not_hold_up_the_end(launch, receiver):
    daemon = launch("setWebHookTimeoutSecs(60)\nsetShutdownTimeoutSecs(1)\n" + webhook_config(receiver, "/hold"))
    daemon.evaluate('for i = 1, 200 do runCustomWebHook("h", tostring(i)) end')
    receiver.wait_for_held()
    daemon.signal(signal.SIGTERM)
    daemon.wait_exit(timeout=8)


def test_secrets_stay_out_of_the_log(launch, receiver):
    config = webhook_config(receiver, secret="s3cr3t", **{"basic-auth": "u:passw0rd", "api-key": "k3y"})
    daemon = launch(config, options=("-D", "-v"))
    daemon.evaluate('runCustomWebHook("h", "x")')
    receiver.wait_for(1)
    daemon.wait_for_line(r"^Webhook id=1 succeeded to url \(")
    text = "\n".join(daemon.messages()) + daemon.console("showCustomWebHooks()")
    for secret in ("s3cr3t", "passw0rd", "k3y", base64.b64encode(b"u:passw0rd").decode()):
        assert secret not in text


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    paths = directory / "cert.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-out", str(paths[0]), "-keyout", str(paths[1])],
        check=True,
        capture_output=True,
    )
    return paths


@pytest.fixture
def tls_receiver(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with WebhookReceiver(tls=context) as server:
        yield server


def tls_config(receiver, setting):
    return BASE + EVALUATE + setting + f'addCustomWebHook("h", {{ url="https://127.0.0.1:{receiver.port}/x" }})\n'


def test_an_unknown_certificate_is_refused(launch, tls_receiver):
    daemon = launch(tls_config(tls_receiver, ""))
    daemon.evaluate('runCustomWebHook("h", "x")')
    daemon.wait_for_line(r"Webhook id=1 failed .*: \[.*certificate.*\]")
    assert not tls_receiver.requests


@pytest.mark.parametrize("setting", ['setCurlCABundleFile("{}")\n', "disableCurlPeerVerification()\n"])
def test_a_known_or_unchecked_certificate_is_fine(launch, tls_receiver, certificate, setting):
    daemon = launch(tls_config(tls_receiver, setting.format(certificate[0])))
    daemon.evaluate('runCustomWebHook("h", "x")')
    (received,) = tls_receiver.wait_for(1)
    assert received.body == b"x"


def test_the_gauge_follows_the_queue(launch, receiver):
    config = webhook_config(receiver, "/hold") + "setNumWebHookThreads(1)\nsetNumWebHookConnsPerThread(1)\n"
    daemon = launch("setWebHookTimeoutSecs(60)\n" + config)
    daemon.evaluate('for i = 1, 10 do runCustomWebHook("h", "x") end')
    receiver.wait_for_held()
    assert daemon.metrics()["trackalert_webhook_queue_size"] >= 8
    receiver.release()
    eventually(lambda: daemon.metrics()["trackalert_webhook_queue_size"] == 0)
