# SPDX-License-Identifier: Apache-2.0
"""history{}, profile(), trend() and lt.place as a policy uses them."""

import pytest

from harness import mmdb_writer
from harness.daemon import ANSWER_WHEN_DONE, BASE, EVALUATE
from harness.history import REMEMBERING, query, remember
from harness.mmdb_writer import U32

DAY = 86400


@pytest.fixture(scope="module")
def daemon(launch_shared):
    """Remembers one attack and one ordinary user."""
    daemon = launch_shared(REMEMBERING)
    for number in range(6):
        remember(daemon, f"victim{number}", "198.51.100.66", False, pwhash="aaaa", fail_type="credentials")
    remember(daemon, "ann", "192.0.2.1", ago=10 * DAY, protocol="imap")
    remember(daemon, "ann", "192.0.2.2", protocol="imap", attrs={"cos": "basic"})
    return daemon


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("return (history{}:count())", "8"),
        ("return (history{ remote = newCA('198.51.100.66'), success = false, since = '30d' }:count())", "6"),
        ("return (history{ login = 'ann', since = '1d' }:count())", "1"),
        ("return (history{ net = '192.0.2.0/24' }:count())", "2"),
        ("return (history{ fail_type = 'credentials', pwhash = 'aaaa' }:count())", "6"),
        ("return (history{ attrs = { cos = 'basic' } }:count())", "1"),
        ("return history{ login = 'ann' }:events(1)[1].remote:tostring()", "192.0.2.2"),
        ("return #history{}:events(100)", "8"),
        ("return (history{}:distinct('login'))", "7"),
        ("return history{ success = false }:top('remote', 3, 'failures')[1].value", "198.51.100.66"),
        ("return history{}:top('remote', 1, 'distinct', 'login')[1].score", "6"),
        ("return #history{ login = 'ann' }:series('1d')", "11"),
        ("return history{ success = false }:significant('remote', 1)[1].within", "6"),
        ("return profile('ann'):seen('net', newCA('192.0.2.99'))", "true"),
        ("return profile('ann'):seen('protocol', 'imap', '1h')", "true"),
        ("return profile('ann'):seen('protocol', 'pop3')", "false"),
        ("return profile('ann'):successes()", "2"),
        ("return profile('nobody'):first_seen()", "nil"),
        ("return #profile('ann'):values('protocol')", "1"),
        ("return trend('remote', newCA('198.51.100.66')):distinct('login', '1h')", "6"),
        ("return trend('remote', '198.51.100.66'):distinct('pwhash', '1h')", "6"),
        ("return trend('login', 'ann'):count('1h')", "1"),
        ("return trend('login', 'ann'):successes('30d')", "2"),
        ("return trend('all'):failures('7d')", "6"),
    ],
)
def test_questions(daemon, code, result):
    assert daemon.evaluate(code) == (True, result)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("history{ usr = 'x' }:count()", "usr"),
        ("history{ since = 'yesterday' }:count()", "since"),
        ("profile('ann'):seen('city', 'Bonn')", 'there is no facet "city" here, only country, asn, net, device'),
        ("trend('protocol', 'imap')", 'there is no facet "protocol" here, only all, login, remote, net'),
        ("trend('login', 'ann'):count('soon')", "soon"),
        ("history{}:top('remote', 5000)", "5000 is out of range (1 to 1000)"),
    ],
)
def test_mistakes_name_what_is_right(daemon, code, words):
    ok, text = daemon.evaluate(code)
    assert not ok
    assert words in text


def test_pages_of_events(daemon):
    code = """
    local q, seen, cursor = history{}, 0, nil
    repeat
      local page
      page, cursor = q:events(3, cursor)
      seen = seen + #page
    until not cursor
    return seen"""
    assert daemon.evaluate(code) == (True, "8")


def test_without_a_history(launch):
    daemon = launch(BASE + EVALUATE)
    for code in ("history{}", "profile('x')", "trend('all')"):
        ok, text = daemon.evaluate(code)
        assert not ok
        assert text.endswith("history is off: setHistoryDir() turns it on"), text


def test_the_configuration_itself_cannot_ask(launch):
    daemon = launch(REMEMBERING + "profile('x')\n", wait=False)
    assert daemon.wait_exit() == 1
    assert "the history cannot be asked while the configuration is read" in daemon.transcript()


# --- places ---

PLACES = {
    "192.0.2.0/24": {
        "country": {"iso_code": "DE"},
        "city": {"names": {"en": "Bonn"}},
        "location": {"latitude": 50.5, "longitude": 7.25, "accuracy_radius": U32(20)},
        "autonomous_system_number": U32(64500),
        "autonomous_system_organization": "Example",
    }
}
PLACE = """setReport(function(lt)
  local p = lt.place
  infoLog(table.concat({ "place", p.country_code, p.city, p.latitude or "?", p.longitude or "?", p.accuracy_km or "?", p.asn,
                         p.as_name }, "/"), {})
end)
"""


@pytest.mark.parametrize("remembering", [False, True])
def test_reports_have_a_place(launch, tmp_path, remembering):
    """With a history or without."""
    mmdb_writer.write(tmp_path / "places.mmdb", PLACES)
    config = (REMEMBERING if remembering else BASE + EVALUATE) + PLACE + ANSWER_WHEN_DONE
    daemon = launch(config + f'newGeoIP2DB("places", "{tmp_path}/places.mmdb")\n')
    remember(daemon, "ann", "192.0.2.7")
    daemon.wait_for_line("^place/DE/Bonn/50.5/7.25/20/64500/Example$")
    remember(daemon, "ann", "198.51.100.1")
    daemon.wait_for_line(r"^place///\?/\?/\?/0/$")
    if not remembering:
        return
    assert query(daemon, filter={"country": "DE", "asn": 64500}, count={})["count"]["total"] == 1
    code = "local lt = history{ country = 'DE' }:events(1)[1] return lt.place.city, lt.place.asn"
    assert daemon.evaluate(code) == (True, "Bonn")
    known = "local p = profile('ann') return tostring(p:seen('country', 'DE'))..tostring(p:seen('country', 'FR'))"
    assert daemon.evaluate(known + "..tostring(p:seen('country', ''))") == (True, "truefalsetrue")


def test_places_stay_as_they_were(launch, tmp_path):
    """What is remembered is where the address was then."""
    mmdb_writer.write(tmp_path / "places.mmdb", PLACES)
    daemon = launch(REMEMBERING + f'newGeoIP2DB("places", "{tmp_path}/places.mmdb")\n')
    remember(daemon, "ann", "192.0.2.7")
    moved = {"192.0.2.0/24": {"country": {"iso_code": "FR"}}}
    mmdb_writer.write(tmp_path / "new.mmdb", moved)
    (tmp_path / "new.mmdb").replace(tmp_path / "places.mmdb")
    daemon.console("reloadGeoIP2DBs()")
    remember(daemon, "ann", "192.0.2.7")
    events = query(daemon, events={})["events"]
    assert [event["place"]["country_code"] for event in events] == ["FR", "DE"]
