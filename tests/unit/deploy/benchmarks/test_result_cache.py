"""A benchmark goes on where it was interrupted."""

import json
from pathlib import Path

import pytest

from deploy.benchmarks import result_cache
from deploy.benchmarks.models import Model
from deploy.benchmarks.result_cache import Case, Row, basis, measure
from training.errors import TrainingError

CONV = Model("conv", "conv")


@pytest.fixture(autouse=True)
def figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "build" / "bench-detection.json"
    monkeypatch.setattr(result_cache, "FIGURES", path)
    return path


def cases(count: int, rests_on: str = "a", model: Model = CONV) -> list[Case]:
    return [Case(Path("bolts"), model, "float32", seed, rests_on) for seed in range(count)]


class Bench:
    """Counts what it measures; breaks off before a seed."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.measured: list[tuple[str, int]] = []
        self._breaks_at = breaks_at

    def __call__(self, case: Case) -> Row:
        if case.seed == self._breaks_at:
            raise KeyboardInterrupt
        self.measured.append((case.model.title, case.seed))
        auroc = len(self.measured) / 10
        title = case.model.title
        return Row(
            "bolts",
            title,
            case.precision,
            case.seed,
            auroc,
            None,
            None,
            {},
            None,
            None,
            1.0,
            None,
            None,
            case.basis,
            {},
        )


def test_what_an_interrupted_run_measured_is_not_measured_again(figures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        list(measure(cases(3), Bench(breaks_at=2)))
    assert [row["seed"] for row in json.loads(figures.read_text())["rows"]] == [0, 1]
    bench = Bench()
    rows = list(measure(cases(3), bench))
    assert bench.measured == [("conv", 2)]
    assert [(row.seed, row.image_auroc) for row in rows] == [(0, 0.1), (1, 0.2), (2, 0.1)]


def test_each_row_is_written_before_the_next_is_measured(figures: Path) -> None:
    rows = measure(cases(2), Bench())
    next(rows)
    assert len(json.loads(figures.read_text())["rows"]) == 1


def test_rows_of_other_code_or_images_are_measured_again(figures: Path) -> None:
    list(measure(cases(2, "a"), Bench()))
    bench = Bench()
    list(measure(cases(1, "b"), bench))
    assert bench.measured == [("conv", 0)]
    assert [(row["seed"], row["basis"]) for row in json.loads(figures.read_text())["rows"]] == [(0, "b"), (1, "a")]


def test_a_fresh_run_measures_all_again_and_keeps_the_rows_of_other_models(figures: Path) -> None:
    other = cases(1, model=Model("feature:maps=place4", "feature", {"maps": "place4"}))
    list(measure(other + cases(1), Bench()))
    bench = Bench()
    list(measure(cases(1), bench, fresh=True))
    assert bench.measured == [("conv", 0)]
    assert [row["model"] for row in json.loads(figures.read_text())["rows"]] == ["feature:maps=place4", "conv"]


def test_a_damaged_file_of_rows_is_refused_in_one_sentence(figures: Path) -> None:
    figures.parent.mkdir()
    figures.write_text('{"rows": [')
    with pytest.raises(TrainingError, match="found none that can be read; delete it"):
        list(measure(cases(1), Bench()))


def test_the_basis_changes_with_the_images_and_with_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_cache, "REPOSITORY", tmp_path)
    code, images = tmp_path / "training" / "split.py", tmp_path / "bolts"
    code.parent.mkdir()
    images.mkdir()
    code.write_text("a = 1")
    found = [basis(images)]
    (images / "1.png").write_bytes(b"1")
    found.append(basis(images))
    code.write_text("a = 2")
    found.append(basis(images))
    assert len(set(found)) == 3
    assert basis(images) == found[-1]
