"""The short soak: its three phases work, and every image has exactly one outcome."""

from pathlib import Path

import pytest

from tests.support.short_runs import short_run

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_short_soak_accounts_for_every_image(tmp_path: Path) -> None:
    figures = tmp_path / "soak.json"
    found = short_run("deploy.soak", tmp_path, figures)
    assert found["verdicts"] + found["dead_letters"] == found["images"] > 0
    assert found["phases"]["mixed"]["swaps"] > 0
    assert found["phases"]["mixed"]["scrapes"] > 0
    assert figures.with_suffix(".svg").is_file()
