from pathlib import Path

import cv2
import numpy as np
import pytest

from deploy.benchmarks.aligned import SIDE, _small, aligned, aligned_set
from tests.support.drawn_parts import write_parts
from training.data.folder import find_layout
from training.data.pixels import read_pixels


def part() -> np.ndarray:
    """A bar with a head, dark on bright: of every angle another picture."""
    picture = np.full((256, 256), 200, np.uint8)
    picture[118:138, 60:190] = 40
    picture[98:158, 60:90] = 40
    return picture


@pytest.mark.parametrize(("angle", "shift"), [(0, (12, -8)), (30, (0, 0)), (140, (10, 6)), (245, (-9, 5))])
def test_a_part_is_turned_and_shifted_back(angle: float, shift: tuple[int, int]) -> None:
    straight = part()
    turn = cv2.getRotationMatrix2D((128, 128), angle, 1.0)
    turn[:, 2] += shift
    lying = cv2.warpAffine(straight, turn, (256, 256), borderMode=cv2.BORDER_REPLICATE)
    before, after = (np.abs(each.astype(int) - straight).mean() for each in (lying, aligned(lying, _small(straight))))
    assert after < 0.2 * before


def test_a_whole_set_is_written_in_the_same_layout(tmp_path: Path) -> None:
    write_parts(tmp_path / "set", normals=4, test_normals=2, defects_of_each=1)
    found = find_layout(aligned_set(find_layout(tmp_path / "set"), tmp_path / "aligned"))
    assert (len(found.normal), len(found.tests)) == (4, 4)
    assert read_pixels(found.normal[0]).shape == (64, 64, 3)
    assert SIDE == 128
