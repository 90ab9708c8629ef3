from dataclasses import replace
from pathlib import Path

import pytest

from deploy.benchmarks.coverage import Outcome, measure, rows_of, simulated_table, table
from deploy.benchmarks.models import read_models
from tests.support.drawn_parts import write_parts
from tests.support.tiny_training import QUIET
from training.data.framing import Framing


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_both_calibrations_are_tried_on_parts_that_neither_knew(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, normals=60)
    (model,) = read_models(["conv:epochs=1,steps=2,width=4"])
    outcomes = list(measure(parts.root, replace(model, framing=Framing((32, 32))), 1, QUIET))
    assert [each.method for each in outcomes] == ["split", "cross"]
    assert {(each.known, each.new) for each in outcomes} == {(42, 18)}
    assert all(0 <= each.flagged <= 18 for each in outcomes)


def test_the_table_has_the_mean_over_divisions_and_its_interval() -> None:
    outcomes = [Outcome("screw", "split", seed, 100, 50, 5, 0.0, 5) for seed in range(4)]
    outcomes += [
        Outcome("screw", "cross", seed, 100, 50, flagged, 0.01, 1) for seed, flagged in enumerate((1, 2, 3, 2))
    ]
    rows = rows_of(outcomes)
    assert [(row.splits, row.new_parts, row.false_alarms, row.budget) for row in rows] == [
        (4, 200, 20, 0.05),
        (4, 200, 8, 0.05),
    ]
    lines = table(rows).splitlines()
    assert lines[2] == "| screw | 4 | 100 | split | 10.0% | 10.0% to 10.0% | 10.0% | +0.0% |"
    assert lines[3].startswith("| screw | 4 | 100 | cross | 4.0% | ")
    assert lines[3].endswith("| 2.0% | +1.0% |")


def test_the_simulation_has_a_table_of_its_own() -> None:
    row = {"parts": "normal", "known": 40, "split": 0.05, "cross": 0.041, "as_they_are": 0.02}
    assert simulated_table([row]).splitlines()[-1] == "| normal | 40 | 5.0% | 4.1% | 2.0% |"
