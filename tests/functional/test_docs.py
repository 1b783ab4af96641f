# SPDX-License-Identifier: Apache-2.0
"""What the documents say is what the program does."""

import pathlib
import re
import shutil
import subprocess

import pytest

from harness.daemon import BASE, binary_path
from harness.history import HISTORY
from harness.ports import free_port
from test_tls import certificate  # noqa: F401 (a fixture)

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def documented_metrics():
    """{family: type} of the table in operations.md."""
    text = (DOCS / "operations.md").read_text("utf-8")
    return dict(re.findall(r"^\| `(trackalert_\w+)` \| (\w+) \|", text, re.MULTILINE))


@pytest.mark.parametrize("history", ["", HISTORY])
def test_the_table_of_metrics(launch, history, certificate):
    """A family shows itself with its first series, so this daemon has one of each."""
    daemon = launch(
        BASE
        + "addCustomStat('x')\naddCustomWebHook('x', {url='http://127.0.0.1:9/'})\nsetCustomEndpoint('x', function() end)\n"
        + f"addListener('127.0.0.1:{free_port()}', true, '{certificate}/cert.pem', '{certificate}/key.pem', {{}})\n"
        + "addAlertChannel('x', 'webhook', {url='http://127.0.0.1:9/'})\n"
        + history
    )
    if history:  # the channels begin beside the start
        daemon.wait_for_metric('trackalert_alerts_waiting{channel="x"}', 0)
    scraped = dict(re.findall(r"^# TYPE (\S+) (\w+)$", daemon.get("/metrics").text(), re.MULTILINE))
    documented = documented_metrics()
    if not history:
        documented = {name: kind for name, kind in documented.items() if not name.startswith(("trackalert_history_", "trackalert_detections_", "trackalert_alerts_"))}
    assert documented == scraped


def test_the_example_is_accepted():
    checked = subprocess.run(
        [binary_path(), "--check-config", "-C", DOCS / "examples" / "trackalert.conf"],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert checked.stdout.endswith("The configuration is good\n")
    assert not re.search(r"(?i)warning|error", checked.stdout)


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
@pytest.mark.parametrize("page", ["trackalert.1", "trackalert.conf.5"])
def test_mandoc_finds_nothing_to_say(page):
    checked = subprocess.run(
        ["mandoc", "-Tlint", DOCS / "man" / page], capture_output=True, text=True, timeout=60, check=False
    )
    # Which other pages are installed here is not the page's fault.
    elsewhere = re.compile("referenced manual not found|outdated mandoc.db")
    assert [line for line in (checked.stdout + checked.stderr).splitlines() if not elsewhere.search(line)] == []


def test_the_manual_page_has_every_option():
    text = (DOCS / "man" / "trackalert.1").read_text("utf-8").replace("\\-", "-")
    shown = subprocess.run([binary_path(), "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    options = re.findall(r"^ +(?:-(\w)(?:, )?)?(?:--([\w-]+))?", shown, re.MULTILINE)
    names = [name for pair in options for name in pair if name]
    assert len(names) > 20
    for name in names:
        assert re.search(rf"^\.It .*Fl (Fl )?-?{name}\b", text, re.MULTILINE), name


@pytest.mark.parametrize("page", ["README.md", *sorted(p.name for p in DOCS.glob("*.md"))])
def test_links_lead_somewhere(page):
    file = DOCS.parent / page if page == "README.md" else DOCS / page
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([\w-]+))?\)", file.read_text("utf-8")):
        linked = (file.parent / target) if target else file
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}, anchor
