# SPDX-License-Identifier: Apache-2.0
"""A policy that throws, and one that keeps what it was lent. (Loops and memory without end: test_lua_limits.py.)"""

import pytest

from harness.history import REMEMBERING, remember, total

JUDGING = "enableDefaultDetections()\nsetReportAnswer('done')\nsetNumReportThreads(1)\n"

THROWS = {
    "text": 'error("no")',
    "a table": "error({})",
    "nil": "error(nil)",
    "an object": "error(lt)",
    "a text that throws": "error(setmetatable({}, { __tostring = function() error('again') end }))",
    "a built-in": "history{ usr = 'x' }:count()",
    "from a coroutine": "coroutine.wrap(function() error('no') end)()",
    "as it is collected": "local p = newproxy(true) getmetatable(p).__gc = function() error('late') end p = nil collectgarbage()",
}


@pytest.mark.parametrize("kind", THROWS)
def test_a_report_function_that_throws(launch, kind):
    """The report is taken, remembered and judged all the same, and the next one finds the state as it was."""
    daemon = launch(REMEMBERING + JUDGING + f"judged = 0\nsetReport(function(lt) judged = judged + 1 infoLog('run '..judged, {{}}) {THROWS[kind]} end)\n")
    for number in range(20):
        remember(daemon, f"user{number}", "198.51.100.7", success=False)
    assert total(daemon) == 20
    daemon.wait_for_line("^run 20$")
    assert sum("[report] exception: " in line for line in daemon.messages()) == 20, "each is told"
    assert daemon.metrics()['trackalert_detections_evaluated_total{detection="password_spray"}'] > 0, "and judged"
    daemon.stop()


KEEPS = """
kept = {}
setReport(function(lt)
  local now = { lt = lt, attrs = lt.attrs, device = lt.device_attrs, findings = lt.findings, parts = lt.risk_parts,
                place = lt.place, profile = profile(lt.login), trend = trend("remote", lt.remote), asked = history{ login = lt.login } }
  for _, old in ipairs(kept) do
    for _, look in ipairs{
      function() return old.lt.login .. old.lt.remote:tostring() .. tostring(old.lt.risk) end,
      function() old.lt.login = "changed" end,
      function() for k, v in pairs(old.attrs) do assert(k .. v == "xy") end end,
      function() for k, v in pairs(old.device) do local _ = k .. v end end,
      function() for _, f in pairs(old.findings) do for k, v in pairs(f) do local _ = k .. tostring(v) end end end,
      function() for k, v in pairs(old.parts) do local _ = k .. v end end,
      function() return old.place and old.place.country end,
    } do pcall(look) end
    assert(old.profile:failures() == old.failures, "a profile is as of its call")
    assert(old.trend:failures("1d") > old.tries, "a trend is asked anew")
    assert(old.asked:count() >= old.failures, "a question too")
  end
  now.failures, now.tries = now.profile:failures(), now.trend:failures("1d")
  kept[#kept % 8 + 1] = now
  collectgarbage()
  infoLog("looked at "..#kept, {})
end)
"""


def test_a_report_function_that_keeps_what_it_was_lent(launch):
    daemon = launch(REMEMBERING + JUDGING + KEEPS)
    for number in range(60):
        remember(daemon, f"user{number % 7}", "198.51.100.7", success=False, attrs={"x": "y"})
    daemon.wait_for_metric("trackalert_reports_total", 60)
    daemon.wait_for_line("^looked at 8$")
    assert not [line for line in daemon.messages() if "exception" in line]
    assert total(daemon) == 60
    daemon.stop()
