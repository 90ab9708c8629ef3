"""The short fault run: SIGKILL at each step of a batch, under load; every image has exactly one outcome."""

from pathlib import Path

import pytest

from deploy.faults.schedule import SHORT
from tests.support.short_runs import short_run

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]


def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found = short_run("deploy.faults", tmp_path, tmp_path / "faults.json")
    assert (found["lost"], found["doubled"], found["wrong"], found["foreign"]) == (0, 0, 0, 0)
    assert found["verdicts"] + found["dead_letters"] >= found["acknowledged"] > 0
    assert found["kills"] == sum(count for kind, count in SHORT.items() if kind.startswith("kill"))
