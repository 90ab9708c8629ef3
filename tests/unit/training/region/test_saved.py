import json
import shlex
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.regions import SIDE, chosen_of, read_png, stamped_part
from training.errors import TrainingError
from training.region.box import Box
from training.region.chosen_images import ChosenImages
from training.region.saved import RegionFolder, next_command, region_of

ROI = Box(x=10, y=10, width=50, height=40)


@pytest.fixture
def chosen(tmp_path: Path) -> ChosenImages:
    return chosen_of(tmp_path / "data", [stamped_part(seed) for seed in range(2)])


def mask_of(rows: int) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:rows] = True
    return mask


def test_what_is_written_is_read_again(tmp_path: Path, chosen: ChosenImages) -> None:
    folder = RegionFolder(tmp_path / "deep" / "out")
    folder.check(tmp_path / "data")
    assert (folder.read(), folder.read_mask(SIDE, SIDE)) == (None, None)
    region = region_of(tmp_path / "data", chosen, mask_of(24), ROI, ["surround"], "person")
    folder.write(mask_of(24), region)
    png = read_png(folder.ignore)
    assert (png.shape, png[23, 0], png[24, 0]) == ((SIDE, SIDE), 255, 0)
    assert folder.read() == region
    again = folder.read_mask(SIDE, SIDE)
    assert again is not None
    assert (again == mask_of(24)).all()
    written = json.loads(folder.region.read_text())
    assert written["roi"] == {"x": 10, "y": 10, "width": 50, "height": 40}
    assert (written["ignored_share"], written["images"]["used"]) == (0.25, 2)


def test_the_command_has_what_was_drawn_and_is_quoted(chosen: ChosenImages) -> None:
    data, folder = Path("my images"), RegionFolder(Path("out"))
    both = region_of(data, chosen, mask_of(24), ROI, [], "person")
    command = "linewatch-train fit 'my images' --stream left --roi 10,10,50,40 --ignore out/ignore.png"
    assert next_command(data, folder, both, "left") == command
    whole = Box(x=0, y=0, width=SIDE, height=SIDE)
    nothing = region_of(data, chosen, mask_of(0), whole, [], "person")
    assert next_command(data, folder, nothing, None) == "linewatch-train fit 'my images' --stream STREAM"
    outside = region_of(data, chosen, mask_of(10), ROI, [], "person")
    assert "--ignore" not in next_command(data, folder, outside, None), "fit refuses a mask that ignores nothing"


def test_the_region_is_in_per_cent_for_images_of_several_sizes(chosen: ChosenImages) -> None:
    region = region_of(Path("data"), replace(chosen, of_other_sizes=3), mask_of(0), ROI, [], "person")
    roi = shlex.split(next_command(Path("data"), RegionFolder(Path("out")), region, "left"))[-1]
    assert roi == "10.416%,10.416%,52.083%,41.666%"


def test_regions_with_nothing_to_score_are_refused(tmp_path: Path, chosen: ChosenImages) -> None:
    with pytest.raises(TrainingError, match="expected something left to score"):
        region_of(tmp_path, chosen, mask_of(60), ROI, [], "person")
    with pytest.raises(TrainingError, match="expected a region of interest within 96x96"):
        region_of(tmp_path, chosen, mask_of(0), Box(x=90, y=0, width=20, height=5), [], "person")


def test_a_folder_among_the_images_is_refused(tmp_path: Path) -> None:
    for inside in (tmp_path, tmp_path / "region"):
        with pytest.raises(TrainingError, match="would be taken for an image"):
            RegionFolder(inside).check(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="expected to write"):
        RegionFolder(tmp_path / "file").check(tmp_path / "data")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_files_of_others_are_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    folder = RegionFolder(tmp_path)
    folder.region.write_bytes(content)
    folder.ignore.write_bytes(content)
    with pytest.raises(TrainingError, match=r"region\.json to be as linewatch-train region writes it"):
        folder.read()
    with pytest.raises(TrainingError, match="to be a mask to go on with"):
        folder.read_mask(SIDE, SIDE)


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "ignore.png"), np.zeros((5, 9), np.uint8))
    with pytest.raises(TrainingError, match="to be 96x96 as most images are, found 9x5"):
        RegionFolder(tmp_path).read_mask(SIDE, SIDE)
