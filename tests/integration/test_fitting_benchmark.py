"""What a fit takes, measured on a few images."""

import json
from pathlib import Path

import pytest

from deploy.benchmarks.fitting import memory

pytestmark = pytest.mark.integration


@pytest.mark.slow
def test_memory_does_not_grow_with_the_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CACHE", tmp_path)
    figures = tmp_path / "figures.json"
    asked = ["--sizes", "200", "1000", "--autoencoders", "conv", "--calibration", "split", "--figures", str(figures)]
    assert memory.main(asked) == 0
    few, many = (row["watched"] for row in json.loads(figures.read_text())["rows"])
    assert many["own"] < 1.1 * few["own"]
    assert figures.with_suffix(".png").is_file()
