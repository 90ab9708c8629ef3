"""Areas that are never scored, read from a mask."""

from pathlib import Path

import numpy as np
import pytest

from service.scoring.ignored import ignored_mask
from service.scoring.input_spec import InputSpec, Roi
from tests.support.drawn_parts import write_image
from training.data.ignored_areas import ignored_areas
from training.data.normal_set import ImageFile
from training.errors import TrainingError

SPEC = InputSpec(height=32, width=32, channels=3, margin=1.5)
IMAGE = ImageFile(Path("a.png"), "a", 100, 200, 8, colour=True)


def mask_in(folder: Path, rows: slice, columns: slice, size: tuple[int, int] = (100, 200)) -> Path:
    mask = np.zeros(size, np.uint8)
    mask[rows, columns] = 255
    write_image(folder / "ignore.png", mask)
    return folder / "ignore.png"


def test_whatever_takes_anything_from_a_white_pixel_is_ignored(tmp_path: Path) -> None:
    found = ignored_mask(ignored_areas(mask_in(tmp_path, slice(50, 51), slice(100, 101)), [IMAGE], SPEC))
    assert 0 < found.sum() <= 9, "one pixel of the image, and what lies around it"


def test_a_mask_lies_where_the_region_of_interest_does(tmp_path: Path) -> None:
    right = SPEC.model_copy(update={"roi": Roi(x=0.5, y=0, width=0.5, height=1)})
    found = ignored_mask(ignored_areas(mask_in(tmp_path, slice(None), slice(150, 200)), [IMAGE], right))
    assert found[:, 17:].all()
    assert not found[:, :15].any()


def test_a_mask_of_other_proportions_is_refused(tmp_path: Path) -> None:
    path = mask_in(tmp_path, slice(0, 9), slice(0, 9), (100, 150))
    with pytest.raises(TrainingError, match="found 150x100 pixels among images of 200x100"):
        ignored_areas(path, [IMAGE], SPEC)


def test_a_mask_of_another_size_and_the_same_proportions_will_do(tmp_path: Path) -> None:
    path = mask_in(tmp_path, slice(0, 20), slice(0, 40), (50, 100))
    assert ignored_mask(ignored_areas(path, [IMAGE], SPEC))[:12, :12].all()


@pytest.mark.parametrize(("rows", "which"), [(slice(0, 0), "no"), (slice(None), "all")])
def test_a_mask_that_leaves_nothing_to_ignore_or_to_score_is_refused(tmp_path: Path, rows: slice, which: str) -> None:
    with pytest.raises(TrainingError, match=f"found {which} pixels of the region of interest white"):
        ignored_areas(mask_in(tmp_path, rows, slice(None)), [IMAGE], SPEC)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ignore.png").write_text("white")
    for name in ("ignore.png", "none.png"):
        with pytest.raises(TrainingError, match="expected --ignore to name a mask as an image"):
            ignored_areas(tmp_path / name, [IMAGE], SPEC)
