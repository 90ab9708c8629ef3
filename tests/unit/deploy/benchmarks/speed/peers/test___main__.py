"""Our graph and those of others in turn."""

import sys
from pathlib import Path

import pytest

from deploy.benchmarks.speed.peers.__main__ import NAMES, OURS, main, measure, table, with_peers
from deploy.devtools.errors import DemoError
from deploy.devtools.tiny_bundle import write_bundle
from deploy.devtools.tiny_graph import brightness_graph

ANSWERS = "import sys; print('ready', flush=True); [print(20.0, flush=True) for line in sys.stdin]"


def test_each_is_measured_and_ours_is_given_over_each_peer() -> None:
    rates = measure(brightness_graph(3, 1.0), [sys.executable, "-c", ANSWERS], rounds=2, seconds=0.01)
    assert [rates[name] for name in NAMES] == [20.0] * 3
    assert rates[OURS] > 0


def test_figures_of_the_benchmark_stay_and_those_of_peers_join_them() -> None:
    found = with_peers({"ratio_cpu": 1.1, "graph": {"macs": 5}}, {OURS: 100.0, "PaDiM-R18": 40.0})
    assert found["ratio_cpu"] == 1.1
    assert found["graph"]["macs"] == 5
    assert found["graph"]["over_peers"] == {"PaDiM-R18": 2.5}
    assert "| PaDiM-R18 | 2.50 | 40.0 |" in table({OURS: 100.0, "PaDiM-R18": 40.0})


def test_a_program_that_ends_is_an_error() -> None:
    with pytest.raises(DemoError, match="found that it ended"):
        measure(brightness_graph(3, 1.0), [sys.executable, "-c", "pass"])


def test_a_python_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path)
    assert main([str(tmp_path / "python"), "--bundle", str(bundle)]) == 2
    assert "bench-peers: expected a Python with anomalib" in capsys.readouterr().err
