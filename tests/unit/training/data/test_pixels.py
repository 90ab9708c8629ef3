"""Reading the user's own image files."""

import os
from pathlib import Path

import numpy as np
import pytest

from service.scoring.image import ImageRejected, Pixels
from service.scoring.input_spec import InputSpec
from tests.support.bundles import part, png
from training.data.pixels import decoded_or_none, pixel_digest, pixels_or_none, read_image, read_pixels


def test_an_image_is_read(tmp_path: Path) -> None:
    path = tmp_path / "part.png"
    path.write_bytes(png(part(60)))
    assert np.array_equal(read_pixels(path), part(60))
    assert np.array_equal(np.asarray(pixels_or_none(path)), part(60))
    assert np.array_equal(np.asarray(pixels_or_none(path.read_bytes())), part(60))


def test_one_that_hangs_its_reader_is_named(tmp_path: Path) -> None:
    path = tmp_path / "part.png"
    os.mkfifo(path)
    with pytest.raises(OSError, match=r"part.png: no regular file"):
        read_image(path)
    assert pixels_or_none(path) is None


def test_one_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"part.png: No such file"):
        read_image(tmp_path / "part.png")
    assert pixels_or_none(tmp_path / "part.png") is None


def test_one_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "part.png"
    path.write_bytes(png(part(60))[:-20])
    with pytest.raises(ImageRejected):
        read_pixels(path)
    assert pixels_or_none(path) is None


def test_an_image_is_decoded_for_each_graph_or_for_none() -> None:
    specs = [InputSpec(height=8, width=8, channels=3, margin=margin) for margin in (None, 1.0)]
    assert [each.size for each in decoded_or_none(png(part(60)), specs) or []] == [(32, 32), (32, 32)]
    assert decoded_or_none(b"nonsense", specs) is None


def test_the_digest_of_pixels_is_of_the_picture_and_not_of_its_format() -> None:
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    colour = np.stack([grey, grey, grey], axis=2)
    assert pixel_digest(grey) == pixel_digest(colour)
    assert pixel_digest(np.asfortranarray(colour)) == pixel_digest(colour)
    colour[0, 0, 2] ^= 1
    others: list[Pixels] = [
        colour,
        grey.T,
        grey.reshape(8, 6),
        grey.astype(np.uint16),
        grey[:, ::-1],
        colour[..., ::-1],
    ]
    assert len({pixel_digest(each) for each in (grey, *others)}) == 1 + len(others)
