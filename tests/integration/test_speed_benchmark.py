"""The short form of the speed benchmark: every piece runs, on a bundle that scores thousands of images a second."""

import json
from pathlib import Path

import pytest

from deploy.benchmarks.speed.__main__ import main
from deploy.benchmarks.speed.kafka_client.__main__ import main as bench_kafka
from deploy.devtools.tiny_bundle import write_bundle

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_short_run_of_the_kafka_client_measures_each_variant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "bench-kafka.json"
    variants = ["plain", "ours:fetch_max_bytes=1000000"]
    assert bench_kafka(["--short", "--figures", str(figures), "--clients", *variants]) == 0
    found = json.loads(figures.read_text())
    for size in ("50000", "200000"):
        for each in variants:
            assert found["fetching"][size][each]["cpu_ms"] > 0
            assert found["fetching"][size][each]["paced_p50_ms"] > 0
    for each in variants:
        assert found["publishing"][each]["8"]["p50_ms"] > 0
    assert "| 200 kB | ours:fetch_max_bytes=1000000 |" in capsys.readouterr().out


def test_an_unknown_client_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_kafka(["--clients", "theirs"]) == 2
    assert capsys.readouterr().err == "bench-kafka: expected a client of plain, ours, found 'theirs'\n"
