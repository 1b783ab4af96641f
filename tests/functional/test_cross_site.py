# SPDX-License-Identifier: Apache-2.0
"""A page of another site that makes a browser use the password it was told."""

import json

import pytest

from harness.history import REMEMBERING, ask_json, remember
from harness.wire_http import request

OWN = "trackalert"  # the Host of the harness
REASON = "Refused: a browser sent this for a page of another site (Sec-Fetch-Site, Origin)"


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(REMEMBERING)


@pytest.mark.parametrize("header", [
    "Origin: https://evil.example", "Origin: null", f"Origin: http://{OWN}:81", "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: same-site",
])
def test_another_site_changes_nothing(daemon, header):
    remember(daemon, "ann")
    for method, target in [
        ("POST", "/command/report"), ("POST", "/?command=report"), ("POST", "/command/ev"),
        ("DELETE", "/api/v1/logins/ann"), ("POST", "/api/v1/allowances"), ("POST", "/api/v1/alerts/0123456789abcdef/feedback"),
        ("PUT", "/nothing"),
    ]:
        answer = daemon.ask(request(method, target, b"{}", headers=(header,)))
        assert answer.status == 403 and answer.json() == {"status": "failure", "reason": REASON}, (method, target)
        assert answer.header("www-authenticate") is None
    assert ask_json(daemon, "GET", "logins/ann")[1]["known"]
    assert daemon.ask(request("GET", "/api/v1/logins/ann", headers=(header,))).status == 200, "only reads"


@pytest.mark.parametrize("headers", [
    (), (f"Origin: http://{OWN}",), (f"Origin: https://{OWN.upper()}", "Sec-Fetch-Site: same-origin"),
    ("Sec-Fetch-Site: none",),
])
def test_programs_and_our_own_origin_do(daemon, headers):
    body = json.dumps({"login": "bob", "remote": "192.0.2.1", "success": True}).encode()
    assert daemon.ask(request("POST", "/command/report", body, headers=headers)).status == 200
    assert daemon.ask(request("DELETE", "/api/v1/logins/bob", headers=headers)).status == 200


def test_a_guess_of_another_site_is_none(daemon):
    """It is refused before the password is looked at, so that it holds up nobody behind the same address."""
    with daemon.connect() as connection:
        for _ in range(25):
            answer = connection.ask(
                request("POST", "/command/report", b"{}", headers=("Origin: https://evil.example",), auth="Authorization: Basic eDp4")
            )
            assert answer.status == 403
    assert daemon.report(login="ann", remote="192.0.2.1", success=True).status == 200
