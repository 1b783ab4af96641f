# SPDX-License-Identifier: Apache-2.0
"""trackalert import: lines of each software's current and previous major version, compressed or not, in any order."""

import datetime
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest

from harness import mmdb_writer
from harness.commands import trackalert
from harness.daemon import BASE, binary_path
from harness.history import HISTORY, REMEMBERING, ask_json, query
from harness.waiting import patient

# Local times in the lines are of this zone, which has no summer time.
ZONE = "XST-5:30"
OFFSET = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
NOW = datetime.datetime.now(OFFSET).replace(microsecond=0)


def at(hours_ago):
    return NOW - datetime.timedelta(hours=hours_ago)


def classic(when):
    return when.strftime("%b %e %H:%M:%S")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "trackalert.conf").write_text(HISTORY)
    return tmp_path


def run(place, command, *arguments, **kwargs):
    env = {**os.environ, "TZ": ZONE}
    return trackalert(place, command, "-C", "trackalert.conf", *map(str, arguments), env=env, **kwargs)


def taken(place, *arguments, status=0, **kwargs):
    """The summary of an import."""
    ended, out, err = run(place, "import", "--json", *arguments, **kwargs)
    assert ended == status, err
    return json.loads(out)


def ask(place, *arguments):
    status, out, err = run(place, "query", "--json", *arguments)
    assert status == 0, err
    return json.loads(out)


def logins(place):
    """(hours ago, login, remote, protocol, success) of all that the history knows, the oldest first."""
    events = ask(place, "--events", "1000")["events"]
    return [
        (round((NOW.timestamp() - event["t"]) / 3600, 2), event["login"], event["remote"], event["protocol"], event["success"])
        for event in reversed(events)
    ]


def write(place, name, *lines):
    (place / name).write_text("".join(line + "\n" for line in lines))
    return name


def seconds(when):
    return int(when.timestamp())


# Of each software the lines of its current major version and of the one before: what two of them say is
# (2 h ago, joe, 192.0.2.1, protocol, failed) and (1 h ago, joe, 192.0.2.1, protocol, let in).
FORMS = {
    # OpenSSH 9.2, and 9.8 and later, where a session has a program of its own
    "sshd 9.2": (
        "syslog",
        "ssh",
        [
            f"{classic(at(2))} mx sshd[123]: Failed password for joe from 192.0.2.1 port 50000 ssh2",
            f"{classic(at(2))} mx sshd[123]: Connection closed by authenticating user joe 192.0.2.1 port 50000 [preauth]",
            f"{classic(at(1))} mx sshd[124]: Accepted password for joe from 192.0.2.1 port 50001 ssh2",
            f"{classic(at(1))} mx sshd[124]: pam_unix(sshd:session): session opened for user joe(uid=1000) by (uid=0)",
        ],
    ),
    "sshd 9.8": (
        "syslog",
        "ssh",
        [
            f"{at(2).isoformat()} mx sshd-session[123]: Failed password for joe from 192.0.2.1 port 50000 ssh2",
            f"{at(1).isoformat()} mx sshd-session[124]: Accepted publickey for joe from 192.0.2.1 port 50001 ssh2: "
            "ED25519 SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s",
        ],
    ),
    "sshd in the journal": (
        "syslog",
        "ssh",
        [
            json.dumps({
                "__CURSOR": "s=1;i=2", "__REALTIME_TIMESTAMP": str(seconds(at(hours)) * 1000000), "PRIORITY": "6",
                "SYSLOG_IDENTIFIER": "sshd", "_COMM": "sshd", "_PID": "9", "MESSAGE": message,
            })
            for hours, message in (
                (2, "Failed password for joe from 192.0.2.1 port 50000 ssh2"),
                (1, "Accepted password for joe from 192.0.2.1 port 50001 ssh2"),
            )
        ],
    ),
    "Dovecot 2.3": (
        "syslog",
        "imap",
        [
            f"{classic(at(2))} mx dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<joe>, "
            "method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, TLS, session=<Yj0b8CxGmoDAAAIB>",
            f"{classic(at(1))} mx dovecot: imap-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, "
            "mpid=4711, TLS, session=<zj0b8CxGmoDAAAIB>",
            f"{classic(at(1))} mx dovecot: imap(joe)<4711><zj0b8CxGmoDAAAIB>: Logged out in=100 out=200",
        ],
    ),
    "Dovecot 2.4": (
        "syslog",
        "imap",
        [
            f"{at(2).isoformat()} mx dovecot: imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 "
            "secs) (auth_failed): user=<joe>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, TLS, session=<Yj0b8CxGmoDAAAIB>",
            f"{at(1).isoformat()} mx dovecot: imap-login: Logged in: user=<joe>, method=PLAIN, rip=192.0.2.1, "
            "lip=192.0.2.9, mpid=4711, TLS, session=<zj0b8CxGmoDAAAIB>",
        ],
    ),
    "Postfix 3.4": (
        "syslog",
        "smtp",
        [
            f"{classic(at(2))} mx postfix/smtpd[3]: warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: "
            "authentication failure, sasl_username=joe",
            f"{classic(at(1))} mx postfix/smtpd[3]: 4XyZ123456: client=h.example[192.0.2.1], sasl_method=PLAIN, "
            "sasl_username=joe",
        ],
    ),
    "Postfix 3.10": (
        "syslog",
        "smtp",
        [
            f"{at(2).isoformat()} mx postfix/submission/smtpd[3]: warning: h.example[192.0.2.1]: SASL PLAIN authentication "
            "failed: (reason unavailable), sasl_username=joe",
            f"{at(1).isoformat()} mx postfix/submission/smtpd[3]: 4XyZ123456: client=h.example[192.0.2.1], "
            "sasl_method=PLAIN, sasl_username=joe",
        ],
    ),
    "Keycloak's log, WildFly": (
        "keycloak",
        "http",
        [
            f"{at(2):%Y-%m-%d %H:%M:%S},199 WARN  [org.keycloak.events] (default task-1) type=LOGIN_ERROR, realmId=r, "
            "clientId=c, userId=null, ipAddress=192.0.2.1, error=invalid_user_credentials, username=joe",
            f"{at(1):%Y-%m-%d %H:%M:%S},199 DEBUG [org.keycloak.events] (default task-1) type=LOGIN, realmId=r, "
            "clientId=c, userId=1, ipAddress=192.0.2.1, username=joe",
        ],
    ),
    "Keycloak's log, Quarkus": (
        "keycloak",
        "http",
        [
            f'{at(2):%Y-%m-%d %H:%M:%S},199 WARN  [org.keycloak.events] (executor-thread-26) type="LOGIN_ERROR", '
            'realmId="r", clientId="c", userId="null", ipAddress="192.0.2.1", error="invalid_user_credentials", '
            'username="joe"',
            f'{at(1):%Y-%m-%d %H:%M:%S},199 DEBUG [org.keycloak.events] (executor-thread-26) type="LOGIN", realmId="r", '
            'clientId="c", userId="1", ipAddress="192.0.2.1", username="joe"',
        ],
    ),
    "Keycloak's events": (
        "keycloak",
        "http",
        [
            json.dumps({
                "time": seconds(at(hours)) * 1000, "type": kind, "realmId": "r", "clientId": "c", "ipAddress": "192.0.2.1",
                "error": error, "details": {"username": "joe"},
            })
            for hours, kind, error in ((2, "LOGIN_ERROR", "invalid_user_credentials"), (1, "LOGIN", None))
        ],
    ),
    "nginx, Apache": (
        "access",
        "http",
        [
            f'192.0.2.1 - joe [{at(hours):%d/%b/%Y:%H:%M:%S +0530}] "GET /dav/ HTTP/1.1" {status} 381 "-" "curl/8.5.0"'
            for hours, status in ((2, 401), (1, 200))
        ],
    ),
    "wforce's webhook": (
        "reports",
        "imap",
        [
            json.dumps({
                "attrs": {}, "device_attrs": {}, "device_id": "", "login": "joe", "policy_reject": False,
                "protocol": "imap", "pwhash": "1234", "remote": "192.0.2.1", "success": success, "t": seconds(at(hours)) + 0.5,
                "tls": True,
            })
            for hours, success in ((2, False), (1, True))
        ],
    ),
    "Elasticsearch": (
        "elasticsearch",
        "imap",
        [
            json.dumps({
                "_index": "wforce", "_id": str(hours), "_source": {
                    "@timestamp": at(hours).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                    "login": "joe", "protocol": "imap", "remote": "192.0.2.1", "success": success, "type": "wforce_report",
                },
            })
            for hours, success in ((2, "false"), (1, "true"))
        ],
    ),
    "Elasticsearch, bulk": (
        "elasticsearch",
        "imap",
        [
            json.dumps(line)
            for hours, success in ((2, False), (1, True))
            for line in (
                {"index": {"_index": "wforce"}},
                {
                    "@timestamp": at(hours).isoformat(), "login": "joe", "protocol": "imap", "remote": "192.0.2.1",
                    "success": success,
                },
            )
        ],
    ),
}


@pytest.mark.parametrize("software", FORMS)
def test_forms(place, software):
    form, protocol, lines = FORMS[software]
    summary = taken(place, write(place, "log", *lines))
    assert summary["files"] == [{"name": str(place / "log"), "format": form, "lines": len(lines), "taken_before": 0}]
    assert (summary["attempts"], summary["no_login"], summary["skipped"]) == (2, len(lines) - 2, {})
    assert logins(place) == [(2, "joe", "192.0.2.1", protocol, False), (1, "joe", "192.0.2.1", protocol, True)]


def sshd(when, login="joe", remote="192.0.2.1", success=True):
    word = "Accepted" if success else "Failed"
    return f"{classic(when)} mx sshd[9]: {word} password for {login} from {remote} port 50000 ssh2"


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
def test_compressed(place, tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    (place / "old").write_text(sshd(at(30)) + "\n")
    (place / "new").write_text(sshd(at(3)) + "\n")
    for name in ("old", "new"):
        subprocess.run([tool, "-q", place / name], check=True, timeout=60)
    packed = [next(place.glob(f"{name}.*")) for name in ("old", "new")]
    (place / "both").write_bytes(b"".join(file.read_bytes() for file in packed))
    assert taken(place, "both")["attempts"] == 2
    assert [row[0] for row in logins(place)] == [30, 3]


def profiles_of(launch, place, *names):
    """What a daemon on this history says about these logins."""
    daemon = launch(BASE + f'setHistoryDir("{place}/history")\nsetHistoryMemoryMB(64)\n')
    found = []
    for name in names:
        status, answer = ask_json(daemon, "GET", f"logins/{name}")
        assert status == 200, answer
        found.append(answer["profile"])
    daemon.stop()
    return found


def test_the_order_of_files_does_not_matter(launch, place):
    """Rotated logs of two machines, the youngest first: days are closed as if they had come one after the other."""
    names = [
        write(place, f"{host}.{week}", *(sshd(at(24 * day), f"of-{host}") for day in range(7 * week + 7, 7 * week, -1)))
        for week in range(8)
        for host in ("a", "b")
    ]
    os.utime(place / "a.7", (0, seconds(at(24 * 49))))
    assert taken(place, *names)["attempts"] == 112
    assert run(place, "history", "check", "--derived")[0] == 0
    for profile in profiles_of(launch, place, "of-a", "of-b"):
        assert (profile["successes"], profile["first_seen"]) == (56, seconds(at(24 * 56)))
        assert profile["success_days"] == 56
    status, out, _ = run(place, "query", "--json", "--series", "1d", "--since", "60d")
    assert status == 0
    assert [row["successes"] for row in json.loads(out)["series"] if row["successes"] > 0].count(2) >= 50


def test_no_line_is_taken_twice(place):
    log = place / "auth.log"
    log.write_text("".join(sshd(at(hour), f"user{hour}") + "\n" for hour in range(20, 10, -1)))
    assert taken(place, log)["attempts"] == 10
    summary = taken(place, log)
    assert (summary["attempts"], summary["taken_before"], summary["errors"]) == (0, 10, [])
    with open(log, "a", encoding="utf-8") as file:
        file.write(sshd(at(1), "late") + "\n")
    log.rename(place / "auth.log.1")
    subprocess.run(["gzip", place / "auth.log.1"], check=True, timeout=60)
    # Grown, renamed and compressed it is still the same, and another that begins likewise is not.
    other = write(place, "other", sshd(at(20), "user20"), sshd(at(2), "another"))
    summary = taken(place, "auth.log.1.gz", other)
    assert (summary["attempts"], summary["taken_before"]) == (3, 10)
    assert ask(place, "--count")["count"]["total"] == 13
    assert taken(place, "--again", "auth.log.1.gz")["attempts"] == 11
    assert ask(place, "--count")["count"]["total"] == 24


def test_what_is_passed_over(place):
    lines = [
        sshd(at(24 * 200), "too-old"),
        sshd(at(3), "good"),
        "garbage",
        f"{classic(at(2))} mx sshd[9]: Failed password for joe from nowhere port 50000 ssh2",
        f"{classic(at(2))} mx cron[9]: nothing",
        "x" * (2 << 20),
        "more garbage",
    ]
    summary = taken(place, "--format", "sshd", write(place, "log", *lines))
    assert (summary["lines"], summary["attempts"], summary["no_login"]) == (7, 1, 1)
    assert {reason: (row["count"], row["first"]) for reason, row in summary["skipped"].items()} == {
        "older than setHistoryRetention()": (1, f"{place}/log, line 1"),
        "no line of a log": (2, f"{place}/log, line 3"),
        "no address where one should be": (1, f"{place}/log, line 4"),
        "longer than 1048576 bytes": (1, f"{place}/log, line 6"),
    }
    assert summary["oldest"] == summary["newest"] == at(3).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    status, out, err = run(place, "import", "--again", "--format", "sshd", "log")
    assert (status, err) == (0, "")
    assert re.search(r"^lines read +7$", out, re.MULTILINE)
    assert re.search(r"^attempts taken +1  ", out, re.MULTILINE)
    assert re.search(rf"^  no line of a log +2  first: {re.escape(str(place))}/log, line 3$", out, re.MULTILINE)


def test_reports_are_taken_as_the_daemon_takes_them(place):
    """With their place, their device, and a pseudonym for a name."""
    mmdb_writer.write(place / "places.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "JP"}}})
    (place / "trackalert.conf").write_text(
        HISTORY + f'newGeoIP2DB("places", "{place}/places.mmdb")\nsetHistoryPseudonymise(true)\n'
    )
    client = '"name" "Thunderbird" "version" "128.0"'
    report = {"login": "joe", "remote": "192.0.2.1", "protocol": "imap", "success": True, "device_id": client}
    write(place, "log", json.dumps({**report, "t": seconds(at(1))}))
    assert taken(place, "log")["attempts"] == 1
    (event,) = ask(place, "--events", "2")["events"]
    assert event["place"]["country_code"] == "JP"
    assert event["device_attrs"]["imapc.family"] == "Thunderbird"
    assert event["login"] != "joe"
    assert ask(place, "--count", "--login", "joe", "--country", "JP")["count"]["total"] == 1


def test_times_in_the_future_are_now(place):
    report = json.dumps({"login": "joe", "remote": "192.0.2.1", "t": time.time() + 86400, "success": True})
    before = time.time()
    assert taken(place, "-", stdin=report.encode())["set_to_now"] == 1
    assert before - 1 < ask(place, "--events", "1")["events"][0]["t"] < time.time() + 1


def test_a_damaged_archive_and_a_missing_file_stop_nobody(place):
    text = "".join(sshd(at(hours / 1000), f"user{hours}") + "\n" for hours in range(9000, 1000, -1))
    packed = subprocess.run(["gzip", "-c"], input=text.encode(), stdout=subprocess.PIPE, check=True, timeout=60).stdout
    (place / "cut.gz").write_bytes(packed[: len(packed) // 2])
    write(place, "good", sshd(at(1)))
    summary = taken(place, "cut.gz", "nowhere", "good", write(place, "strange", "what is this?"), status=1)
    assert sorted(summary["errors"]) == [
        f"{place}/cut.gz is damaged at byte {len(packed) // 2}: it ends in the middle of the compressed data",
        f"{place}/strange: no known format in its first lines; see --format and --lua",
        f"cannot read {place}/nowhere: No such file or directory",
    ]
    assert 2000 < summary["attempts"] < 6000
    assert ask(place, "--count")["count"]["total"] == summary["attempts"]


def test_a_script_reads_the_rest(place):
    (place / "vpn.lua").write_text("""
        return function(line)
          local t, program, message = syslog(line)
          if program ~= "vpn" then return nil end
          local user, ip, result = message:match("^login of (%S+) from (%S+): (%a+)$")
          if not user then error("no login: " .. message) end
          return { t = t, login = user, remote = ip, protocol = "vpn", success = result == "ok" }
        end""")
    lines = [
        f"{classic(at(2))} gate vpn[1]: login of joe from 192.0.2.1: refused",
        f"{classic(at(1.5))} gate cron[1]: nothing",
        f"{classic(at(1))} gate vpn[1]: login of joe from 192.0.2.1: ok",
        f"{classic(at(1))} gate vpn[1]: something",
    ]
    summary = taken(place, "--lua", "vpn.lua", write(place, "log", *lines))
    assert (summary["files"][0]["format"], summary["attempts"], summary["no_login"]) == ("vpn.lua", 2, 1)
    assert summary["skipped"] == {"vpn.lua:6: no login: something": {"count": 1, "first": f"{place}/log, line 4"}}
    assert logins(place) == [(2, "joe", "192.0.2.1", "vpn", False), (1, "joe", "192.0.2.1", "vpn", True)]
    (place / "bad.lua").write_text("return function(")
    status, out, err = run(place, "import", "--lua", "bad.lua", "log")
    assert (status, out) == (1, "")
    assert err.startswith("trackalert: bad.lua:1: ")


def test_a_dry_run_writes_nothing(place):
    write(place, "log", sshd(at(1)))
    summary = taken(place, "--dry-run", "log")
    assert (summary["attempts"], summary["dry_run"]) == (1, True)
    assert not (place / "history").exists()


def test_an_export_comes_in_again(launch, place, tmp_path):
    write(place, "log", *(sshd(at(hours), f"user{hours % 7}", f"192.0.2.{hours % 5}") for hours in range(1000, 0, -1)))
    assert taken(place, "log")["attempts"] == 1000
    assert run(place, "export", "-o", "export.json")[0] == 0
    other = tmp_path / "other"
    other.mkdir()
    (other / "trackalert.conf").write_text(HISTORY)
    assert taken(other, place / "export.json")["attempts"] == 1000
    assert logins(other)[0] == logins(place)[0]
    names = [f"user{number}" for number in range(7)]
    assert profiles_of(launch, other, *names) == profiles_of(launch, place, *names)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_ends_early_goes_on(place, how):
    """On a terminal, whose progress bar says when it is under way."""
    lines = 600_000
    with open(place / "log", "w", encoding="ascii") as log:
        for number in range(lines):
            log.write(sshd(at(24 * 20 - number / (lines / 400)), f"user{number % 5000}", f"192.0.{number % 256}.1") + "\n")
    terminal, other_side = pty.openpty()
    importing = subprocess.Popen(
        [str(binary_path()), "import", "-C", "trackalert.conf", "log"], cwd=place, env={**os.environ, "TZ": ZONE},
        stdout=subprocess.PIPE, stderr=other_side,
    )
    os.close(other_side)
    shown = b""
    while b"attempts" not in shown:
        shown += os.read(terminal, 1000)
    importing.send_signal(how)
    assert re.search(rb"\[=* *\] +\d+ %  \d+ attempts", shown), shown
    out = importing.communicate(timeout=patient(60))[0].decode()
    os.close(terminal)
    assert importing.returncode == (1 if how == signal.SIGTERM else -how)
    before = ask(place, "--count")["count"]["total"]
    assert before < lines
    if how == signal.SIGTERM:
        assert int(re.search(r"^attempts taken +(\d+)", out, re.MULTILINE)[1]) == before > 0
        assert taken(place, "log")["taken_before"] == before
        assert ask(place, "--count")["count"]["total"] == lines
    else:  # Some seconds' worth may come twice.
        taken(place, "log")
        assert lines <= ask(place, "--count")["count"]["total"] <= lines + before
    assert run(place, "history", "check")[0] == 0


def test_a_running_daemon_keeps_its_history(launch):
    daemon = launch(REMEMBERING)
    directory = pathlib.Path(daemon.directory)
    write(directory, "log", sshd(at(1)))
    status, out, err = run(directory, "import", "log")
    assert (status, out) == (1, "")
    assert "is in use by another process" in err


def test_a_daemon_knows_what_was_imported(launch, place):
    write(place, "log", *(sshd(at(24 * day), "joe", f"192.0.2.{day}") for day in range(100, 0, -1)))
    assert taken(place, "log")["attempts"] == 100
    daemon = launch(BASE + f'setHistoryDir("{place}/history")\nsetHistoryMemoryMB(64)\n')
    assert query(daemon, filter={"login": "joe"}, count={})["count"] == {"successes": 100, "failures": 0, "total": 100}
    assert query(daemon, filter={"login": "joe", "until": seconds(at(24 * 90))}, count={})["count"]["total"] in (10, 11)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_the_directory_of_another_user_is_left_alone(place):
    (place / "history").mkdir()
    os.chown(place / "history", 65534, 65534)
    write(place, "log", sshd(at(1)))
    status, _, err = run(place, "import", "log")
    assert status == 1
    assert "belongs to the user" in err
    assert list((place / "history").iterdir()) == []


def test_wrong_use(place):
    assert run(place, "import")[0] == 2
    status, _, err = run(place, "import", "--format", "nonsense", "log")
    assert status == 1
    assert "there is no format nonsense" in err
    status, _, err = trackalert(place, "import", "-C", "nowhere.conf", "log")
    assert status == 1
    assert "nowhere.conf" in err


DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "import.md").read_text("utf-8")


def test_the_document_has_every_form(place):
    shown = trackalert(place, "import", "--help")[1]
    forms = re.findall(r"^  (\w+) {2,}(\S.*)$", shown.split("Forms:\n")[1], re.MULTILINE)
    assert len(forms) == 8
    assert re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCUMENT, re.MULTILINE) == forms


def test_the_manual_page_has_every_option_of_import():
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "man" / "trackalert.1").read_text("utf-8")
    synopsis = page.split(".Cm import", 1)[1].split(".Cm export", 1)[0]
    shown = trackalert(".", "import", "--help")[1]
    options = re.findall(r"^ +(?:-\w, )?--([\w-]+)", shown, re.MULTILINE)
    assert len(options) > 10
    for option in options:
        assert f"Fl {option} " in synopsis.replace("\n", " ") or option in ("help", "config", "regexes"), option


def test_the_example_of_a_script(place):
    (place / "vpn.lua").write_text(re.search(r"^```lua\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)[1])
    lines = [
        f"{classic(at(2))} gate vpn[1]: login of joe from 192.0.2.1: refused",
        f"{classic(at(1))} gate vpn[1]: login of joe from 192.0.2.1: ok",
        f"{classic(at(1))} gate other[1]: login of joe from 192.0.2.1: ok",
    ]
    summary = taken(place, "--lua", "vpn.lua", write(place, "log", *lines))
    assert (summary["attempts"], summary["no_login"], summary["skipped"]) == (2, 1, {})
    assert logins(place) == [(2, "joe", "192.0.2.1", "vpn", False), (1, "joe", "192.0.2.1", "vpn", True)]
    assert ask(place, "--events", "2")["events"][1]["fail_type"] == "credentials"
