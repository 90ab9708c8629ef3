"""The time of each operator of a graph."""

from pathlib import Path

from deploy.benchmarks.speed.profiling.operator_profile import plot, profile_operators
from deploy.devtools.tiny_graph import brightness_graph


def test_each_operator_has_its_time_and_whether_the_delegate_took_it(tmp_path: Path) -> None:
    found = profile_operators(brightness_graph(3, 1.0, 16), rounds=2)
    assert [each.kind for each in found] == ["CAST", "MEAN", "MUL", "REDUCE_MAX"]
    assert [each.in_delegate for each in found] == [False, True, True, True]
    assert all(each.ms >= 0 for each in found)
    plot(found, tmp_path / "operators.svg")
    assert "<svg" in (tmp_path / "operators.svg").read_text()
