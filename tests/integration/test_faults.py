"""The short fault run: SIGKILL at each step of a batch, under load; every image has exactly one outcome."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.devtools.paths import REPOSITORY
from deploy.faults.schedule import SHORT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]


def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    figures = tmp_path / "faults.json"
    command = [sys.executable, "-m", "deploy.faults", "--short", "--seed", "1"]
    done = subprocess.run(
        [*command, "--logs", tmp_path / "logs", "--figures", figures],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert (found["lost"], found["doubled"], found["wrong"], found["foreign"]) == (0, 0, 0, 0)
    assert found["verdicts"] + found["dead_letters"] >= found["acknowledged"] > 0
    assert found["kills"] == sum(count for kind, count in SHORT.items() if kind.startswith("kill"))
