"""Graphs of `make bench-detection`, timed in turn, and the curve."""

import json
from pathlib import Path

import pytest

from deploy.benchmarks import speed_curve
from deploy.benchmarks.models import Model
from deploy.benchmarks.result_cache import Case, Row
from deploy.benchmarks.speed.graph.peak import fully_connected
from deploy.benchmarks.speed_curve import graph_speeds, keep_graph, write_curve


@pytest.fixture(autouse=True)
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("GRAPHS", "FIGURES", "PICTURE"):
        monkeypatch.setattr(speed_curve, name, tmp_path / getattr(speed_curve, name).name)
    return tmp_path


def case(title: str = "feature:speed=fast", name: str = "bolts", seed: int = 0, basis: str = "a") -> Case:
    return Case(Path(name), Model(title, "feature"), "int8", seed, basis)


def row(of: Case, auroc: float | None = 0.9) -> Row:
    machine: dict[str, object] = {}
    title, name = of.model.title, of.path.name
    return Row(name, title, "int8", of.seed, auroc, None, None, {}, None, None, 1.0, 1, None, of.basis, machine)


def test_each_column_has_the_time_and_multiply_adds_of_its_graphs() -> None:
    fast, slow = case(), case("feature")
    keep_graph(fast, fully_connected(32, "float32"))
    keep_graph(slow, fully_connected(64, "float32"))
    found = graph_speeds([row(fast), row(slow)], rounds=1)
    assert {column: each.multiply_adds for column, each in found.items()} == {
        ("feature:speed=fast", "int8"): 32**3,
        ("feature", "int8"): 64**3,
    }
    assert all(each.ms > 0.0 for each in found.values())


def test_a_row_that_an_earlier_run_left_has_its_graph_until_code_or_seed_replace_it(build: Path) -> None:
    keep_graph(case(), fully_connected(32, "float32"))
    keep_graph(case(seed=1), fully_connected(32, "float32"))
    assert len(graph_speeds([row(case()), row(case(seed=1))], rounds=1)) == 1
    assert graph_speeds([row(case(basis="b"))], rounds=1) == {}
    keep_graph(case(basis="b"), fully_connected(32, "float32"))
    assert len(list((build / "bench-detection").iterdir())) == 1


def test_the_median_over_sets_counts() -> None:
    sets = [case(name=name) for name in ("bolts", "nuts", "rings")]
    for each, side in zip(sets, (32, 64, 32), strict=True):
        keep_graph(each, fully_connected(side, "float32"))
    [found] = graph_speeds([row(each) for each in sets], rounds=1).values()
    assert found.multiply_adds == 32**3


def test_the_curve_is_figures_and_a_picture(build: Path) -> None:
    keep_graph(case(), fully_connected(32, "float32"))
    rows = [row(case()), row(case(seed=1), 0.8), row(case(name="nuts"), None)]
    write_curve(rows, graph_speeds(rows, rounds=1))
    [column] = json.loads((build / "bench-detection-speed.json").read_text())["columns"]
    assert (column["model"], column["precision"]) == ("feature:speed=fast", "int8")
    assert column["image_auroc"] == pytest.approx(0.85)
    assert "feature:speed=fast int8" in (build / "bench-detection.svg").read_text()


def test_without_graphs_there_is_no_curve(build: Path) -> None:
    write_curve([row(case())], graph_speeds([row(case())]))
    assert list(build.iterdir()) == []
