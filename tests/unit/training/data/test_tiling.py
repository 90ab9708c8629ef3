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
        tiled_input(TilesRequest(1, 8), (1024, 1024))


def test_a_small_defect_in_a_large_image_needs_tiles() -> None:
    """A defect of 20 pixels is to have 16: images of 1000 x 1600 become 800 x 1280."""
    assert tiles_for(20, (1000, 1600), 0.0) == (TilesRequest(4, 5), (224, 256))


def test_a_defect_that_one_input_shows_needs_none() -> None:
    assert tiles_for(100, (1000, 1600), 0.0)[0] is None


def test_a_defect_too_small_for_so_large_an_image_is_refused_with_what_would_do() -> None:
    with pytest.raises(TrainingError, match=r"found 40 x 40 tiles for 8 pixels; give about 40"):
        tiles_for(8, (5000, 5000), 0.0)
