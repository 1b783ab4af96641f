# SPDX-License-Identifier: Apache-2.0
"""trackalert --check-config of a text."""

import subprocess

from .daemon import binary_path


def refused(folder, config):
    """What it says of a configuration that it must refuse, on both streams."""
    (folder / "c.conf").write_text(config)
    done = subprocess.run(
        [binary_path(), "--check-config", "-C", folder / "c.conf"], capture_output=True, timeout=30, check=False
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 1, said
    return said
