# SPDX-License-Identifier: Apache-2.0
"""GeoIP2: the captured look-ups, types that a database should not have, reloading."""

import re
import shutil

import pytest

import differences
from harness import captures, mmdb_writer
from harness.daemon import BASE, EVALUATE
from harness.mmdb_writer import Float32, U32

GEOIP = captures.FIXTURES / "geoip"
CASES = captures.load("geoip/lookups.json")

CITY_FIELDS = (
    "country_code country_name region city postal_code continent_code latitude longitude".split()
)
DESCRIBE = f"""
function describe(record)
  local parts = {{}}
  for _, name in ipairs({{ {", ".join(f'"{name}"' for name in CITY_FIELDS)} }}) do
    parts[#parts + 1] = name .. "=" .. record[name]
  end
  return table.concat(parts, ";")
end
"""
CONFIG = BASE + EVALUATE + DESCRIBE


def with_database(path):
    return CONFIG + f'newGeoIP2DB("test", "{path}")\nheld = getGeoIP2DB("test")\n'


@pytest.fixture(scope="module")
def daemon(launch_shared):
    return launch_shared(with_database(GEOIP / "t1.mmdb"))


def name_of(case):
    return f"{case['call']} {case['ip']} {case.get('path', '')}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_captured_lookup(daemon, case):
    arguments = f'newCA("{case["ip"]}")' + (f", {case['path']}" if "path" in case else "")
    call = f'getGeoIP2DB("test"):{case["call"]}({arguments})'
    if case["call"] == "lookupCity":
        call = f"describe({call})"
    success, text = daemon.evaluate(f"local r = {call} return r")
    assert success is case.get("ok", True)
    if difference := differences.GEO_LOOKUPS.get(name_of(case).strip()):
        assert re.sub("latitude=0;", difference[1], case["result"]) == text
    elif success:
        assert text == case["result"]
    else:
        assert captures.readable(case["result"]) in captures.readable(text)


def test_records_can_be_written(daemon):
    code = 'local r = held:lookupCity(newCA("1.2.3.4")) r.city = "X" r.latitude = 1.5 return describe(r)'
    assert "city=X;" in daemon.evaluate(code)[1]
    assert "latitude=1.5;" in daemon.evaluate(code)[1]


def test_an_unknown_database_finds_nothing(daemon):
    assert daemon.evaluate('return "<"..getGeoIP2DB("nosuch"):lookupCountry(newCA("1.2.3.4"))..">"') == (True, "<>")
    daemon.wait_for_line(r"^getGeoIP2DB\(\): Could not find database named nosuch$")
    assert daemon.evaluate('return getGeoIP2DB("nosuch"):lookupUIntValue(newCA("1.2.3.4"), {"x"})') == (True, "0")


def test_the_old_functions_are_there_and_find_nothing(daemon):
    assert daemon.evaluate('return "<"..lookupCountry(newCA("1.2.3.4"))..lookupISP(newCA("1.2.3.4"))..">"') == (True, "<>")
    assert daemon.evaluate('return describe(lookupCity(newCA("1.2.3.4")))')[1].startswith("country_code=;")


def test_fields_of_other_types_than_usual(launch, tmp_path):
    """A country code that is a number crashed the original; 32-bit coordinates became 0."""
    odd = tmp_path / "odd.mmdb"
    mmdb_writer.write(
        odd,
        {
            "1.2.3.0/24": {"country": {"iso_code": U32(7)}, "city": [U32(1)], "location": "nowhere", "isp": {"x": "y"}},
            "2.2.2.0/24": {"location": {"latitude": Float32(1.5), "longitude": -2.25}, "country": {"iso_code": "GB"}},
            "3.3.3.0/24": {"country": "GB", "subdivisions": {"0": "x"}, "continent": U32(1), "postal": []},
        },
    )
    daemon = launch(with_database(odd))
    for address in ("1.2.3.4", "3.3.3.3"):
        assert daemon.evaluate(f'return "<"..held:lookupCountry(newCA("{address}"))..">"') == (True, "<>")
        assert daemon.evaluate(f'return "<"..held:lookupISP(newCA("{address}"))..">"') == (True, "<>")
        assert daemon.evaluate(f'return describe(held:lookupCity(newCA("{address}")))')[0]
    assert daemon.evaluate('return describe(held:lookupCity(newCA("2.2.2.2")))')[1].endswith(
        "latitude=1.5;longitude=-2.25"
    )


def test_reload(launch, tmp_path):
    database = tmp_path / "live.mmdb"
    shutil.copy(GEOIP / "t1.mmdb", database)
    daemon = launch(with_database(database))
    country = 'return held:lookupCountry(newCA("1.2.3.4"))'
    assert daemon.evaluate(country) == (True, "GB")

    replace(GEOIP / "t2.mmdb", database)
    assert daemon.evaluate(country) == (True, "GB"), "nothing changes by itself"
    assert daemon.console("reloadGeoIP2DBs()") == "reloadGeoIP2DBs(): Reloaded GeoIP2 DB test\n"
    assert daemon.evaluate(country) == (True, "FR"), "objects of before follow the reload"

    database.write_bytes(b"garbage")
    answer = daemon.console("reloadGeoIP2DBs()")
    assert answer.startswith(f"reloadGeoIP2DBs(): Error reloading GeoIP2 DB test (Cannot open {database}: ")
    assert answer.endswith(")\n")
    assert daemon.evaluate(country) == (True, "FR"), "the old one stays in use"

    database.unlink()
    assert "Error reloading GeoIP2 DB test" in daemon.console("reloadGeoIP2DBs()")
    assert daemon.evaluate(country) == (True, "FR")


def replace(source, target):
    """As an updater does it: beside, then renamed over."""
    beside = target.with_suffix(".new")
    shutil.copy(source, beside)
    beside.rename(target)


def test_reload_without_databases(launch):
    daemon = launch(CONFIG)
    assert daemon.console("reloadGeoIP2DBs()") == ""
    assert daemon.console("reloadGeoIPDBs()") == "reloadGeoIPDBs() successful\n"


def test_a_database_that_cannot_be_opened_is_not_fatal(launch, tmp_path):
    cut = tmp_path / "cut.mmdb"
    cut.write_bytes((GEOIP / "t1.mmdb").read_bytes()[:700])
    daemon = launch(CONFIG + f'newGeoIP2DB("gone", "/nonexistent.mmdb")\nnewGeoIP2DB("cut", "{cut}")\n')
    daemon.wait_for_line(
        r"^newGeoIPDB\(\): Error initialising GeoIP2DB "
        r"\(Cannot open /nonexistent.mmdb: Error opening the specified MaxMind DB file\)$"
    )
    assert daemon.evaluate('return "<"..getGeoIP2DB("cut"):lookupCountry(newCA("1.2.3.4"))..">"') == (True, "<>")


def test_the_first_registration_of_a_name_wins(launch):
    daemon = launch(with_database(GEOIP / "t1.mmdb") + f'newGeoIP2DB("test", "{GEOIP / "t2.mmdb"}")\n')
    assert daemon.evaluate('return getGeoIP2DB("test"):lookupCountry(newCA("1.2.3.4"))') == (True, "GB")
