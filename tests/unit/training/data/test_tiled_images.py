"""Images as their tiles."""

import numpy as np

from service.scoring.input_spec import InputSpec, Roi, Tiles
from training.data.tiled_images import TiledImages, tile_rows, tile_spec, tiled

SPEC = InputSpec(
    height=16, width=24, channels=1, margin=1.5, roi=Roi(x=0, y=0, width=0.5, height=1), tiles=Tiles(rows=2, columns=3)
)
PIXELS = np.random.default_rng(0).integers(0, 255, (5, 16, 24, 1)).astype(np.uint8)


def test_a_tile_is_a_small_image_to_an_autoencoder() -> None:
    assert tile_spec(SPEC) == InputSpec(height=8, width=8, channels=1, margin=1.5)
    whole = SPEC.model_copy(update={"tiles": None})
    assert tile_spec(whole) is whole


def test_tiles_are_rows_image_by_image() -> None:
    found = TiledImages(PIXELS, SPEC)
    assert (len(found), found.shape) == (30, (30, 8, 8, 1))
    np.testing.assert_array_equal(found[6], PIXELS[1, :8, :8])
    np.testing.assert_array_equal(found[28:], [PIXELS[4, 8:, 8:16], PIXELS[4, 8:, 16:]])
    np.testing.assert_array_equal(found[np.array([29, 0])], [PIXELS[4, 8:, 16:], PIXELS[0, :8, :8]])


def test_the_rows_of_images_are_all_their_tiles() -> None:
    assert tile_rows(np.array([2, 0]), SPEC).tolist() == [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]


def test_images_that_are_not_cut_stay_themselves() -> None:
    assert tiled(PIXELS, SPEC.model_copy(update={"tiles": None})) is PIXELS
    assert isinstance(tiled(PIXELS, SPEC), TiledImages)
