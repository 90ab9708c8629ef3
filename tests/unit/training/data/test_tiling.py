"""Tiles of large images: how many, and how large."""

import pytest

from service.scoring.input_spec import Tiles
from training.data.tiling import TilesRequest, parse_tiles, tiled_input, tiles_for
from training.errors import TrainingError


def test_tiles_are_rows_x_columns() -> None:
    assert parse_tiles("2x3", 0.25) == TilesRequest(2, 3, 0.25)


@pytest.mark.parametrize("text", ["", "2", "2x", "1x1", "0x4", "9x9", "-1x2", "2x3x4"])
def test_what_are_no_tiles_is_refused(text: str) -> None:
    with pytest.raises(TrainingError, match="expected --tiles as ROWSxCOLUMNS, such as 2x3, of 2 to 64 tiles, found"):
        parse_tiles(text, 0.0)


def test_the_input_is_all_tiles_less_what_they_share() -> None:
    assert tiled_input(TilesRequest(2, 3, 0.25), (64, 128)) == ((112, 352), Tiles(rows=2, columns=3, overlap=16))


def test_an_input_that_is_too_large_is_refused() -> None:
    with pytest.raises(TrainingError, match="at most 4096 pixels together on either side, found 1024x8192"):
        tiled_input(TilesRequest(1, 8, 0.0), (1024, 1024))


def test_a_small_defect_in_a_large_image_needs_tiles() -> None:
    """A defect of 20 pixels is to have 16: images of 1000 x 1600 become 800 x 1280."""
    assert tiles_for(20, (1000, 1600), 0.0) == (TilesRequest(2, 3, 0.0), (416, 448))


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("smallest", [10, 15, 20, 25])
def test_whatever_tiles_share_the_smallest_defect_has_its_pixels(smallest: int, overlap: float) -> None:
    request, tile = tiles_for(smallest, (1000, 1600), overlap)
    assert request is not None
    (height, width), _ = tiled_input(request, tile)
    assert min(height / 1000, width / 1600) * smallest >= 15.0  # of 16, since shares are rounded to 16 pixels
    assert max(tile) <= 512


def test_a_defect_that_one_input_shows_needs_none() -> None:
    assert tiles_for(50, (1000, 1600), 0.25) == (None, (320, 512))


def test_a_defect_too_small_for_so_large_an_image_is_refused_with_what_would_do() -> None:
    with pytest.raises(TrainingError, match=r"found 20 x 20 tiles for 8 pixels; give 20 or more"):
        tiles_for(8, (5000, 5000), 0.0)
    with pytest.raises(TrainingError, match="give 38 or more"):
        tiles_for(16, (8660, 5773), 0.25)
    assert tiles_for(38, (8660, 5773), 0.25)[0] is not None
