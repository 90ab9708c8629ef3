"""Reading the user's own image files."""

import os
from pathlib import Path

import numpy as np
import pytest

from service.scoring.image import ImageRejected
from service.scoring.manifest import InputSpec
from tests.support.bundles import part, png
from training.data.pixels import decoded_or_none, pixels_or_none, read_image, read_pixels


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
