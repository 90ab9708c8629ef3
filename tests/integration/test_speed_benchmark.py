"""The short form of the speed benchmark: every piece runs, on a bundle that scores thousands of images a second."""

import json
from pathlib import Path

import pytest

from deploy.benchmarks.speed.__main__ import main
from deploy.devtools.tiny_bundle import write_bundle

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_short_run_has_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = tmp_path / "bench.json"
    bundle = write_bundle(tmp_path / "bundles")
    assert main(["--bundle", str(bundle), "--short", "--figures", str(figures)]) == 0
    found = json.loads(figures.read_text())
    for each in ("bare", "bare_one_thread", "service"):
        assert found[each]["images_per_second"] > 0
        assert found[each]["cpu_seconds_per_image"] > 0
    assert found["graph"]["parts"]["all"]["ms"] > 0
    assert found["decode"]["full_ms"] > 0
    assert found["streams_3"]["images_per_second"] > 0
    assert 0 < found["latency_ms"]["half_load"]["p50"] <= found["latency_ms"]["half_load"]["p99"]
    assert {"cpu", "cores", "commit"} <= found["machine"].keys()
    printed = capsys.readouterr().out
    assert printed.startswith("| ratio |  |")
    assert "MEASURED = Measured(image_cpu_seconds=" in printed


def test_a_folder_without_a_bundle_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bundle", str(tmp_path), "--short"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("bench: expected")
    assert error.count("\n") == 1
