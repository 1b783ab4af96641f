# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a program can check: floors, sizes, headings. ARCHITECTURE.md's table says the floors."""
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/protections"))
from protections import PROTECTIONS  # noqa: E402
SOURCES = sorted(p for p in (ROOT / "src").rglob("*") if p.suffix in (".h", ".cc"))
UNIT_TESTS = "".join(p.read_text() for p in SOURCES if p.name.endswith("_test.cc"))
INCLUDE = re.compile(r'^\s*#include "([a-z_]+)/', re.M)


def floors():
    table = re.findall(r"^\| (\d) \| `src/([a-z]+)` \|", (ROOT / "ARCHITECTURE.md").read_text(), re.M)
    return {folder: int(floor) for floor, folder in table}


def folder_of(path):
    return path.relative_to(ROOT / "src").parts[0]


def test_every_folder_has_a_floor():
    folders = {p.name for p in (ROOT / "src").iterdir() if p.is_dir()}
    assert folders <= set(floors()), "ARCHITECTURE.md does not say the floor of these folders"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_includes_go_down(path):
    table = floors()
    own = folder_of(path)
    for included in INCLUDE.findall(path.read_text()):
        if included == own:
            continue
        assert included in table, f'"{included}/..." is no folder of src'
        assert table[included] < table[own], f"{own} (floor {table[own]}) includes {included} (floor {table[included]})"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_file_is_about_one_thing(path):
    text = path.read_text()
    assert text.startswith("// SPDX-License-Identifier: Apache-2.0\n")
    assert len(text.splitlines()) <= 500, "longer than 500 lines"
    assert f"namespace trackalert::{folder_of(path)}" in text or path.name in ("main.cc",) or path.name.endswith("_fuzz.cc")
    if path.suffix == ".h":
        assert "#pragma once" in text
        assert re.match(r"// SPDX.*\n(// .*\n|#pragma once)", text), "a header opens with what it is"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name.endswith("_test.cc")], ids=lambda p: p.name)
def test_unit_tests_do_not_sleep(path):
    assert not re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b", path.read_text())


TABLE = re.compile(r"^( +)static const(expr)? [\w:<> ,]+\w(\[\])?( = )?\{\n.*?^\1\};?\n", re.M | re.S)


def functions_of(text):
    """(name, lines) of each function body that begins at the left margin or in a class; by indentation, as clang-format sets it."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        head = re.match(r"^( {0,2})[\w:<>,&*~\[\] ]+\(.*\{$|^( {0,2})\S.*\) (const )?(override )?\{$", line)
        if not head:
            continue
        indent = len(line) - len(line.lstrip())
        for end in range(start + 1, len(lines)):
            if lines[end].startswith(" " * indent + "}"):
                yield line.strip(), end - start + 1
                break


def test_tables_are_told_from_code():
    table = "void f() {\n  static const std::vector<Row> rows{\n" + 80 * '    {"a", 1},\n' + "  };\n  return rows;\n}\n"
    code = "void f() {\n" + 80 * "  g();\n" + "}\n"
    assert [length for _, length in functions_of(table)] == [85]
    assert [length for _, length in functions_of(TABLE.sub("", table))] == [3]
    assert [length for _, length in functions_of(TABLE.sub("", code))] == [82]


@pytest.mark.parametrize("path", [p for p in SOURCES if p.suffix == ".cc"], ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_fit_a_screen(path):
    # Rows of a table are data: nobody has to follow them.
    for name, length in functions_of(TABLE.sub("", path.read_text())):
        assert length <= 70, f"{name} has {length} lines"


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda p: p.name)
def test_a_protection_is_where_its_list_says(protection):
    """So that `./dev protections` can take it out, and its tests are there to notice."""
    assert (ROOT / protection.file).read_text().count(protection.code) == 1
    for test in protection.tests:
        file, _, name = test.partition("::")
        if name:
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.M), test
        else:
            suite, name = test.split()[1].split(".")
            assert re.search(rf"\({suite}, {name.replace('*', '.*')}\)", UNIT_TESTS), test
