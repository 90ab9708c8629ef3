from pathlib import Path

import numpy as np

from tests.support.drawn_parts import write_image
from training.data.exclusions import ExclusionReason
from training.data.folder import find_tests

BLACK = np.zeros((8, 8), np.uint8)


def write(root: Path, *names: str) -> None:
    for name in names:
        write_image(root / name, BLACK)


def test_a_mask_is_named_as_its_image_with_or_without_mask(tmp_path: Path) -> None:
    write(tmp_path / "test", "a/1.png", "a/2.bmp", "b/deep/1.jpg", "b/3.png", "b/4.v2.png", "good/5.png")
    write(tmp_path / "ground_truth", "a/1_mask.png", "a/1.png", "a/2.PNG", "b/deep/1_mask.tiff", "b/4.v2_mask.png")
    found = find_tests(tmp_path)
    masks = {test.path.name: test.mask and test.mask.name for test in found.images}
    assert masks == {
        "1.png": "1_mask.png",
        "2.bmp": "2.PNG",
        "1.jpg": "1_mask.tiff",
        "3.png": None,
        "4.v2.png": "4.v2_mask.png",
        "5.png": None,
    }


def test_masks_of_no_image_are_counted_and_the_first_named(tmp_path: Path) -> None:
    write(tmp_path / "test", "a/1.png", "good/2.png")
    write(tmp_path / "ground_truth", *(f"a/{i}_mask.png" for i in range(1, 6)), "b/1_mask.png", "a/1_mask.jpg")
    write(tmp_path / "ground_truth", ".old/1.png")
    left = {left.why: left for left in find_tests(tmp_path).left_out}
    stray = left[ExclusionReason.STRAY_MASK]
    assert (stray.path, stray.files) == (tmp_path / "ground_truth", 6)
    assert stray.detail.endswith(": 1_mask.jpg, 2_mask.png, 3_mask.png and 3 more")
    assert left[ExclusionReason.HIDDEN].files == 1
    assert len(left) == 2
