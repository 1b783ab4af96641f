# SPDX-License-Identifier: Apache-2.0
"""`cmake --install`: everything lies where Debian would put it, works there, and an operator's configuration is kept."""

import os
import re
import shutil
import subprocess

import pytest

from harness.daemon import REPOSITORY, binary_path
from harness.waiting import patient

CONFIGURATION = "etc/wforce/trackalert.conf"
UNIT = "usr/lib/systemd/system/trackalert.service"
# systemd's own scale, 0 (locked in) to 10. A little above what the unit reaches with systemd 252.
MOST_EXPOSURE = 1.5


def build_directory():
    """The one of the binary under test, configured to be installed below /usr."""
    for folder in binary_path().parents:
        cache = folder / "CMakeCache.txt"
        if cache.is_file():
            if not re.search(r"^CMAKE_INSTALL_PREFIX:\w+=/usr$", cache.read_text(), re.M):
                pytest.skip("the build is for another prefix than /usr")
            if not (folder / "packaging/cmake_install.cmake").is_file():
                pytest.skip("the build was configured without packaging/")
            return folder
    pytest.skip(f"no build directory above {binary_path()}")


def install(root):
    result = run(["cmake", "--install", build_directory(), "--prefix", "/usr"], {**os.environ, "DESTDIR": str(root)})
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def run(command, env=None):
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "timeout": patient(60)}
    return subprocess.run(command, env=env, check=False, **options)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A file system that has nothing but us."""
    if not shutil.which("cmake"):
        pytest.skip("no cmake")
    root = tmp_path_factory.mktemp("root")
    install(root)
    return root


@pytest.mark.parametrize(
    "path",
    [
        "usr/bin/trackalert",
        UNIT,
        "usr/lib/sysusers.d/trackalert.conf",
        "usr/lib/tmpfiles.d/trackalert.conf",
        CONFIGURATION,
        "usr/share/doc/trackalert/LICENSE",
        "usr/share/doc/trackalert/openapi.json",
        "usr/share/doc/trackalert/images/feedback-page.png",
        "usr/share/trackalert/templates/owner.de.txt",
        "usr/share/doc/trackalert/examples/trackalert.conf",
        "usr/share/doc/trackalert/examples/demo/demo.conf",
    ],
)
def test_file_is_there(root, path):
    assert (root / path).is_file()


def test_every_manual_page_is_there(root):
    for page in (REPOSITORY / "docs/man").glob("*.[15]"):
        assert (root / "usr/share/man" / f"man{page.suffix[1]}" / page.name).is_file()


def test_nothing_else_is_there(root):
    """No test, no library, no header, nothing outside the places that a package may use."""
    allowed = re.compile(
        r"usr/bin/trackalert|usr/lib/(systemd/system|sysusers\.d|tmpfiles\.d)/trackalert\.\w+|etc/wforce/trackalert\.conf|"
        r"usr/share/(doc/trackalert/.*|trackalert/detections/.*|trackalert/templates/.*|man/man[15]/trackalert.*)"
    )
    files = [str(p.relative_to(root)) for p in root.rglob("*") if not p.is_dir()]
    assert [f for f in files if not allowed.fullmatch(f)] == []
    assert not [f for f in files if re.search(r"__pycache__|\.history", f)]


def test_no_placeholder_is_left(root):
    for path in (UNIT, "usr/lib/tmpfiles.d/trackalert.conf"):
        assert "@" not in (root / path).read_text().replace("@system-service", "").replace("@privileged @resources", "")


def test_the_binary_runs(root):
    version = re.search(r"^project\(trackalert VERSION ([\d.]+)", (REPOSITORY / "CMakeLists.txt").read_text(), re.M)[1]
    result = run([root / "usr/bin/trackalert", "--version"])
    assert (result.returncode, result.stdout) == (0, f"trackalert {version}\n")


def test_the_binary_finds_its_configuration(root):
    """With the staged folder bound over the real one, where that can be done."""
    in_etc = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /etc && mkdir /etc/wforce && mount --bind "$0" /etc/wforce && exec "$@"']
    in_etc += [root / "etc/wforce"]
    if not shutil.which("unshare") or run([*in_etc, "true"]).returncode != 0:
        pytest.skip("needs a mount namespace")
    result = run([*in_etc, root / "usr/bin/trackalert", "--check-config"])
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_first_configuration_is_good(root):
    result = run([root / "usr/bin/trackalert", "-C", root / CONFIGURATION, "--check-config"])
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_first_configuration_listens_on_this_machine_only_and_lets_nobody_in(root):
    code = "".join(l for l in (root / CONFIGURATION).read_text().splitlines(True) if not l.lstrip().startswith("--"))
    assert re.findall(r'addListener\("([\d.]+):', code) == ["127.0.0.1"]
    assert not re.search(r"setWebserverPassword|setKey|controlSocket|setMetricsNoPassword", code)


def test_an_operators_configuration_is_kept(tmp_path):
    install(tmp_path)
    (tmp_path / CONFIGURATION).write_text("-- mine\n")
    (tmp_path / UNIT).write_text("old\n")
    assert "Kept: " in install(tmp_path)
    assert (tmp_path / CONFIGURATION).read_text() == "-- mine\n"
    assert (tmp_path / UNIT).read_text() != "old\n"


@pytest.fixture
def analyze(root):
    """systemd-analyze on the unit, its programs found below `root`."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")

    def analyze(*arguments):
        unit = root / "verify/trackalert.service"
        unit.parent.mkdir(exist_ok=True)
        unit.write_text((root / UNIT).read_text().replace("/usr/bin/trackalert", str(root / "usr/bin/trackalert")))
        try:
            return run(["systemd-analyze", *arguments, unit])
        finally:
            shutil.rmtree(unit.parent)

    return analyze


def test_systemd_takes_the_unit(analyze):
    result = analyze("verify", "--man=no", "--recursive-errors=no")
    assert result.returncode == 0 and not result.stderr, result.stdout + result.stderr


def test_the_unit_is_locked_in(analyze):
    result = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE * 10:.0f}", "--no-pager")
    assert result.returncode == 0, result.stdout + result.stderr
