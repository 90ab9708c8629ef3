from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deploy.benchmarks import augmented_copies
from deploy.benchmarks.augmented_copies import Found, augmented_copy, false_alarm_table, grouping_table, measure
from deploy.benchmarks.coverage import Outcome
from deploy.benchmarks.models import read_models
from tests.support.drawn_parts import write_parts
from tests.support.tiny_training import QUIET
from training.data.framing import Framing


def test_a_copy_is_another_picture_of_the_same_kind() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    rng = np.random.default_rng(1)
    copies = [augmented_copy(picture, rng) for _ in range(20)]
    assert {copy.shape for copy in copies} == {(40, 60, 3), (60, 40, 3)}
    assert {copy.dtype for copy in copies} == {np.dtype(np.uint8)}
    assert not any(np.array_equal(copy, picture) for copy in copies)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_known_photographs_have_copies_and_the_others_are_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = write_parts(tmp_path, normals=30)
    monkeypatch.setattr(augmented_copies, "PHOTOGRAPHS", 20)
    monkeypatch.setattr(augmented_copies, "COPIES", (1, 1))
    (model,) = read_models(["conv:epochs=1,steps=2,width=4"])
    found, outcomes = measure(parts.root, replace(model, framing=Framing((32, 32))), 0, QUIET)
    assert (found.images, found.photographs, found.right + found.missed) == (40, 20, 20)
    assert [parts for parts, _ in outcomes] == ["images", "found"] * 2
    first = outcomes[0][1]
    assert first is not None
    assert (first.known, first.new) == (40, 10)


def test_the_tables_say_what_was_found_and_what_was_refused() -> None:
    found = Found("screw", 300, 60, 62, right=600, wrong=1, missed=200)
    assert grouping_table([found]).splitlines()[-1] == "| screw | 300 | 60 | 62 | 75.0% | 1 |"
    made = Outcome("screw", "cross", 0, 300, 50, 5, 0.0, 5)
    table = false_alarm_table([found], [("images", made), ("found", None), ("images", made), ("found", made)])
    assert table.splitlines()[-1] == "| screw | 10.0% | refused: too few parts | 10.0% | 10.0% |"
