"""The short soak: its three phases work, and every image has exactly one outcome."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.devtools.paths import REPOSITORY

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_short_soak_accounts_for_every_image(tmp_path: Path) -> None:
    figures = tmp_path / "soak.json"
    command = [sys.executable, "-m", "deploy.soak", "--short", "--seed", "1"]
    done = subprocess.run(
        [*command, "--logs", tmp_path / "logs", "--figures", figures],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert found["verdicts"] + found["dead_letters"] == found["images"] > 0
    assert found["phases"]["mixed"]["swaps"] > 0
    assert found["phases"]["mixed"]["scrapes"] > 0
    assert figures.with_suffix(".svg").is_file()
