import os
from pathlib import Path

import numpy as np
import pytest

from service.scoring.image import ImageRejected
from tests.support.drawn_parts import draw_part, write_image
from training.data.exclusions import counts
from training.data.folder import Layout, TestSet, find_layout, find_tests, read_mask
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
    assert find_tests(tmp_path / "train") == TestSet()


def test_masks_are_found_by_the_name_of_their_image(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 1)
    fill(tmp_path / "test/scratch", 2)
    pixels = np.zeros((32, 32), np.uint8)
    pixels[4:8, 10:12] = 255
    mask = write_image(tmp_path / "ground_truth/scratch/001_mask.png", pixels)
    assert [test.mask for test in find_tests(tmp_path).images] == [None, mask]
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
    assert [left.path.name for left in layout.left_out] == ["notes.txt"]
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


def by_reason(layout: Layout, root: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for left in layout.left_out:
        found.setdefault(left.why, []).append(str(left.path.relative_to(root)))
    return found


def test_what_a_system_keeps_in_a_folder_is_passed_over_and_counted(tmp_path: Path) -> None:
    fill(tmp_path / "normal", 3)
    fill(tmp_path / ".Trash-1000/files", 20)
    fill(tmp_path / "normal/@eaDir/000.png", 2)
    (tmp_path / ".empty").mkdir()
    (tmp_path / "normal/._000.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf")
    layout = find_layout(tmp_path)
    assert [path.parent for path in layout.normal] == [tmp_path / "normal"] * 3
    assert by_reason(layout, tmp_path) == {
        "hidden": [".Trash-1000", "normal/._000.png"],
        "system file": ["Thumbs.db", "normal/@eaDir"],
    }
    assert counts(layout.left_out) == {"hidden": 21, "system file": 3}


def test_each_folder_of_the_mvtec_layout_has_the_same_rule(tmp_path: Path) -> None:
    for folder in ("train/good", "train/good/.old", "test/good", "test/@eaDir", "test/scratch/.old"):
        fill(tmp_path / folder, 2)
    fill(tmp_path / "train/.Trash-1000/good", 2)
    layout = find_layout(tmp_path)
    assert (len(layout.normal), len(layout.tests)) == (2, 2)
    assert by_reason(layout, tmp_path) == {
        "hidden": ["train/good/.old", "test/scratch/.old", "train/.Trash-1000"],
        "system file": ["test/@eaDir"],
    }


def test_images_beside_the_layouts_folders_are_counted(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 2)
    fill(tmp_path / "train/good too", 3)
    fill(tmp_path / "test", 1)
    write_image(tmp_path / "stray.png", draw_part(9, side=32))
    (tmp_path / "license.txt").write_text("")
    layout = find_layout(tmp_path)
    assert (len(layout.normal), layout.tests) == (2, ())
    assert by_reason(layout, tmp_path) == {"outside the layout": ["test/000.png", ".", "train/good too"]}
    assert counts(layout.left_out) == {"outside the layout": 5}


def test_no_link_makes_test_images_normal_or_normal_ones_tests(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 2)
    fill(tmp_path / "test/scratch", 2)
    (tmp_path / "train/good/all").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "train/good/defects").symlink_to(tmp_path / "test/scratch", target_is_directory=True)
    (tmp_path / "test/good").symlink_to(tmp_path / "train/good", target_is_directory=True)
    layout = find_layout(tmp_path)
    assert (len(layout.normal), len(layout.tests)) == (2, 2)
    assert by_reason(layout, tmp_path) == {"linked again": ["train/good/all", "train/good/defects", "test/good"]}


def test_a_layout_of_links_is_a_layout(tmp_path: Path) -> None:
    fill(tmp_path / "store/a", 2)
    fill(tmp_path / "store/b", 3)
    for name, target in (("train/good", "a"), ("test/scratch", "b")):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).symlink_to(tmp_path / "store" / target, target_is_directory=True)
    (tmp_path / "other/test").mkdir(parents=True)
    (tmp_path / "other/train").symlink_to(tmp_path / "data/train", target_is_directory=True)
    for data, tests in (("data", 3), ("other", 0)):
        layout = find_layout(tmp_path / data)
        assert (len(layout.normal), len(layout.tests), layout.left_out) == (2, tests, ())


def test_a_kind_whose_name_is_no_text_is_one_that_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "test" / os.fsdecode(b"kr\xe4tzer")
    folder.mkdir(parents=True)
    (folder / "0.png").write_bytes(b"")  # OpenCV takes no such name
    assert [test.kind for test in find_tests(tmp_path).images] == [r"kr\xe4tzer"]


@pytest.mark.parametrize("leads_to", ["train", "train/good", "."])
def test_a_test_folder_that_leads_to_what_is_learnt_is_refused(leads_to: str, tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 2)
    (tmp_path / "test").symlink_to(tmp_path / leads_to)
    with pytest.raises(TrainingError, match=r"expected test images apart from those in .*good, found that"):
        find_layout(tmp_path)


def test_good_is_good_however_it_is_written(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 2)
    fill(tmp_path / "test/Good", 1)
    assert [test.is_defect for test in find_tests(tmp_path).images] == [False]


def test_images_that_links_lead_to_are_not_outside_the_layout(tmp_path: Path) -> None:
    fill(tmp_path / "normal", 2)
    fill(tmp_path / "defects/scratch", 1)
    fill(tmp_path / "spare", 4)
    for name, target in (("train/good", "normal"), ("test/scratch", "defects/scratch")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).symlink_to(tmp_path / target, target_is_directory=True)
    layout = find_layout(tmp_path)
    assert (len(layout.normal), len(layout.tests)) == (2, 1)
    assert counts(layout.left_out) == {"outside the layout": 4}


def test_one_mask_of_two_images_is_of_the_first_and_told(tmp_path: Path) -> None:
    fill(tmp_path / "test/scratch", 1)
    write_image(tmp_path / "test/scratch/000.bmp", draw_part(7, side=32))
    mask = write_image(tmp_path / "ground_truth/scratch/000_mask.png", np.zeros((32, 32), np.uint8))
    found = find_tests(tmp_path)
    assert [(test.path.name, test.mask) for test in found.images] == [("000.bmp", mask), ("000.png", None)]
    assert [(each.why, each.detail) for each in found.left_out] == [
        ("unusable mask", "of 000.bmp, and so not of 000.png: give each image its own name")
    ]
