from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from deploy.benchmarks import input_shapes
from deploy.benchmarks.input_shapes import Row, measure, table
from deploy.benchmarks.models import read_models
from tests.support.drawn_parts import write_parts
from tests.support.tiny_training import QUIET
from training.data.folder import find_layout
from training.data.pixels import read_pixels
from training.errors import TrainingError

(MODEL,) = read_models(["conv:epochs=1,steps=2,width=4"])


def test_strips_are_long_and_show_their_defects(tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "set", normals=4, test_normals=2, defects_of_each=1)
    for number, defect in enumerate(parts.defects):
        mask = np.zeros((64, 64), np.uint8)
        mask[0 if number else 30, 5] = 255
        truth = tmp_path / "set" / "ground_truth" / defect.parent.name / f"{defect.stem}_mask.png"
        truth.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(truth), mask)
    found = input_shapes._strips(find_layout(tmp_path / "set"), tmp_path / "strips")
    assert found is not None
    layout = find_layout(found)
    assert (len(layout.normal), [test.is_defect for test in layout.tests].count(True)) == (4, 1)
    assert read_pixels(layout.normal[0]).shape == (22, 64, 3)


def test_sets_without_masks_give_no_strips(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, normals=4, test_normals=2, defects_of_each=1)
    assert list(measure(parts.root, "strip", MODEL, QUIET)) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_each_case_is_measured_without_and_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = write_parts(tmp_path, normals=24, test_normals=4, defects_of_each=2)
    small = {title: replace(each, size=(32, 32)) for title, each in input_shapes.CASES["region"].items()}
    monkeypatch.setitem(input_shapes.CASES, "region", small)
    monkeypatch.setattr(input_shapes, "RATE", 0.2)
    rows = list(measure(parts.root, "region", MODEL, QUIET))
    assert [row.case for row in rows] == ["region: whole", "region: roi 80 %"]
    assert all(0.0 <= row.auroc <= 1.0 for row in rows)


def test_a_case_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"expected a case of strip, .*, found round"):
        list(measure(tmp_path, "round", MODEL, QUIET))


def test_the_table_has_a_row_for_each_fit() -> None:
    lines = table([Row("screw", "tiles: 2x2", "512x512", 0.9512, 0.5, None, 12.34)]).splitlines()
    assert lines[-1] == "| screw | tiles: 2x2 | 512x512 | 0.951 | 0.500 |  | 12.3 |"
