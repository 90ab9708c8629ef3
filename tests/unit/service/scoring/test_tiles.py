"""Cutting the graph's input into tiles."""

import numpy as np
import pytest
from pydantic import ValidationError

from service.scoring.input_spec import InputSpec, Tiles
from service.scoring.tiles import cut, number_of_tiles, tile_size

WHOLE = InputSpec(height=32, width=48, channels=1, margin=1.5)


def test_without_tiles_the_input_is_one() -> None:
    pixels = np.zeros((32, 48, 1), np.uint8)
    assert (number_of_tiles(WHOLE), tile_size(WHOLE)) == (1, (32, 48))
    assert cut(pixels, WHOLE).shape == (1, 32, 48, 1)


def test_tiles_are_cut_row_by_row() -> None:
    spec = WHOLE.model_copy(update={"tiles": Tiles(rows=2, columns=3)})
    pixels = np.arange(32 * 48, dtype=np.int64).reshape(32, 48, 1).astype(np.uint8)
    found = cut(pixels, spec)
    assert found.shape == (6, 16, 16, 1)
    np.testing.assert_array_equal(found[4], pixels[16:32, 16:32])


def test_neighbours_share_what_overlaps() -> None:
    spec = WHOLE.model_copy(update={"width": 28, "tiles": Tiles(rows=1, columns=2, overlap=4)})
    pixels = np.random.default_rng(0).integers(0, 255, (32, 28, 1)).astype(np.uint8)
    first, second = cut(pixels, spec)
    assert tile_size(spec) == (32, 16)
    np.testing.assert_array_equal(first[:, 12:], second[:, :4])


@pytest.mark.parametrize(
    ("tiles", "found"),
    [
        ({"rows": 1, "columns": 1}, "2 to 64 tiles, found 1 x 1"),
        ({"rows": 9, "columns": 9}, "2 to 64 tiles, found 9 x 9"),
        ({"rows": 3, "columns": 1}, "expected a height of 3 tiles that share 0 pixels, found 32"),
        ({"rows": 2, "columns": 1, "overlap": 40}, "expected a height of 2 tiles that share 40 pixels, found 32"),
    ],
)
def test_tiles_that_do_not_fit_are_refused(tiles: dict[str, int], found: str) -> None:
    with pytest.raises(ValidationError, match=found):
        InputSpec.model_validate(WHOLE.model_dump() | {"tiles": tiles})
