from pathlib import Path

import cv2
import numpy as np
import pytest

from service.scoring.decoding import decode_for
from service.scoring.image import ImageLimits
from service.scoring.input_spec import InputSpec
from tests.support.drawn_parts import write_image
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import TestImage
from training.evaluation.packed_mask import PackedMask
from training.evaluation.usable_mask import usable_mask

MARKED = np.zeros((6, 8), np.uint8)
MARKED[1:3, 2:4] = 255


def mask_of(tmp_path: Path, pixels: np.ndarray, kind: str = "scratch") -> TestImage:
    return TestImage(tmp_path / "image.png", kind, write_image(tmp_path / "mask.png", pixels))


def test_a_mask_of_its_images_size_is_used(tmp_path: Path) -> None:
    found = usable_mask(mask_of(tmp_path, MARKED), (6, 8))
    assert isinstance(found, PackedMask)
    np.testing.assert_array_equal(found.pixels(), MARKED > 0)
    assert usable_mask(TestImage(tmp_path / "image.png", "scratch"), (6, 8)) is None


@pytest.mark.parametrize("size", [(8, 6), (12, 16), (3, 4), (6, 9)])
def test_a_mask_of_another_size_is_left_out_and_never_stretched(size: tuple[int, int], tmp_path: Path) -> None:
    found = usable_mask(mask_of(tmp_path, MARKED), size)
    assert isinstance(found, LeftOut)
    assert (found.path.name, found.why) == ("mask.png", ExclusionReason.UNUSABLE_MASK)
    assert found.detail == f"8x6 for an image that is {size[1]}x{size[0]} upright"


def test_a_mask_that_says_the_opposite_of_its_folder_is_left_out(tmp_path: Path) -> None:
    black = usable_mask(mask_of(tmp_path, np.zeros((6, 8), np.uint8)), (6, 8))
    assert isinstance(black, LeftOut)
    assert black.detail == "wholly black, though its image shows a defect"
    marked = usable_mask(mask_of(tmp_path, MARKED, "good"), (6, 8))
    assert isinstance(marked, LeftOut)
    assert marked.detail == "marks a defect in an image of test/good"
    assert usable_mask(mask_of(tmp_path, np.zeros((6, 8), np.uint8), "good"), (6, 8)) is None


def test_one_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_bytes(b"no image")
    found = usable_mask(TestImage(tmp_path / "image.png", "scratch", tmp_path / "mask.png"), (6, 8))
    assert isinstance(found, LeftOut)
    assert found.why is ExclusionReason.UNREADABLE


def test_the_size_of_a_turned_image_that_is_decoded_smaller_is_the_upright_whole_ones() -> None:
    stored = cv2.imencode(".jpg", np.full((640, 960, 3), 90, np.uint8))[1].tobytes()
    tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"  # orientation 6: a quarter turn
    exif = b"Exif\0\0" + tiff
    turned = stored[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + stored[2:]
    decoded = decode_for(turned, ImageLimits(), InputSpec(height=64, width=64, channels=3, margin=1.0))
    assert decoded.pixels.shape[0] < 960
    assert decoded.size == (960, 640)
