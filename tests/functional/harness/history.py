# SPDX-License-Identifier: Apache-2.0
"""A daemon that remembers, and what tests ask of its memory."""

import json
import time

from .daemon import BASE, EVALUATE
from .wire_http import BASIC_AUTH, request

HISTORY = 'setHistoryDir("history")\nsetHistoryMemoryMB(64)\n'
REMEMBERING = BASE + EVALUATE + HISTORY


def ask_json(daemon, method, target, body=None):
    """(status, answer) of a request to /api/v1/."""
    data = b"" if body is None else json.dumps(body).encode()
    answer = daemon.ask(request(method, f"/api/v1/{target}", data, auth=BASIC_AUTH))
    return answer.status, json.loads(answer.body) if answer.body else None


def query(daemon, **question):
    status, answer = ask_json(daemon, "POST", "history/query", question)
    assert status == 200, answer
    return answer


def total(daemon, **conditions):
    """How many reports there are."""
    return query(daemon, filter=conditions, count={})["count"]["total"]


def remember(daemon, login, remote="192.0.2.1", success=True, ago=0, **fields):
    answer = daemon.report(login=login, remote=remote, success=success, t=time.time() - ago, **fields)
    assert answer.status == 200, answer
