from pathlib import Path

import numpy as np
import pytest

from service.scoring.image import ImageRejected
from tests.support.drawn_parts import draw_part, write_image
from training.data.folder import find_layout, find_tests, read_mask
from training.errors import TrainingError


def fill(folder: Path, count: int) -> None:
    for i in range(count):
        write_image(folder / f"{i:03}.png", draw_part(i, side=32))


def test_an_mvtec_folder_gives_train_good_and_labelled_tests(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 3)
    fill(tmp_path / "test/good", 2)
    fill(tmp_path / "test/scratch", 1)
    layout = find_layout(tmp_path)
    assert len(layout.normal) == 3
    assert [(test.kind, test.is_defect) for test in layout.tests] == [("good", False)] * 2 + [("scratch", True)]
    assert find_tests(tmp_path / "train") == []


def test_masks_are_found_by_the_name_of_their_image(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 1)
    fill(tmp_path / "test/scratch", 2)
    pixels = np.zeros((32, 32), np.uint8)
    pixels[4:8, 10:12] = 255
    mask = write_image(tmp_path / "ground_truth/scratch/001_mask.png", pixels)
    assert [test.mask for test in find_tests(tmp_path)] == [None, mask]
    assert (read_mask(mask) == (pixels > 0)).all()


def test_a_test_folder_without_train_good_is_refused_lest_defects_are_learnt(tmp_path: Path) -> None:
    fill(tmp_path / "test/scratch", 1)
    with pytest.raises(TrainingError, match=r"expected normal images in .*train/good"):
        find_layout(tmp_path)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="found no folder"):
        find_layout(tmp_path / "nowhere")


def test_files_that_are_no_images_by_their_names_are_kept_apart(tmp_path: Path) -> None:
    fill(tmp_path / "nested", 2)
    (tmp_path / "notes.txt").write_text("")
    layout = find_layout(tmp_path)
    assert [path.name for path in layout.normal] == ["000.png", "001.png"]
    assert [path.name for path in layout.others] == ["notes.txt"]
    assert layout.tests == ()


def test_tests_are_sought_in_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="expected a folder of images, found no folder"):
        find_tests(tmp_path / "nowhere")


def test_a_mask_in_colour_marks_whatever_is_not_black_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    pixels = np.zeros((8, 6, 3), np.uint8)
    pixels[2, 3] = (0, 0, 9)
    found = read_mask(write_image(tmp_path / "mask.png", pixels))
    assert np.argwhere(found).tolist() == [[2, 3]]
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(ImageRejected):
        read_mask(tmp_path / "broken.png")
