"""Putting the maps of tiles together."""

import numpy as np
import pytest
import tensorflow as tf

from service.scoring.input_spec import InputSpec, Tiles
from service.scoring.tiles import cut
from training.backend.delegation import check_delegation
from training.backend.litert import convert
from training.backend.stitching import stitched
from training.errors import TrainingError


def spec_of(rows: int, columns: int, overlap: int) -> InputSpec:
    height, width = rows * 32 - (rows - 1) * overlap, columns * 32 - (columns - 1) * overlap
    tiles = Tiles(rows=rows, columns=columns, overlap=overlap)
    return InputSpec(height=height, width=width, channels=3, margin=1.5, tiles=tiles)


@pytest.mark.parametrize("spec", [spec_of(2, 2, 0), spec_of(2, 3, 8), spec_of(3, 1, 16), spec_of(1, 2, 4)])
def test_what_was_cut_is_put_together_again(spec: InputSpec) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (spec.height, spec.width, 3)).astype(np.uint8)
    tiles = cut(pixels, spec).astype(np.float32)
    np.testing.assert_array_equal(stitched(tf.constant(tiles), spec)[0], pixels)
    np.testing.assert_array_equal(stitched(tf.constant(tiles[..., 0]), spec)[0], pixels[..., 0])


def test_where_tiles_overlap_one_fades_into_the_other() -> None:
    spec = spec_of(1, 2, 8)
    found = stitched(tf.stack([tf.zeros([8, 8]), tf.ones([8, 8])]), spec).numpy()
    assert found.shape == (1, 8, 14)
    np.testing.assert_array_equal(found[0, 0], [0] * 6 + [0.25, 0.75] + [1] * 6)


def test_the_delegate_takes_all_of_it() -> None:
    spec = spec_of(2, 2, 8)
    takes = tf.TensorSpec([4, 8, 8], tf.float32, name="maps")
    assert check_delegation(convert(lambda maps: {"map": stitched(maps + 1.0, spec)}, takes)) == ""


def test_overlaps_of_no_whole_position_are_refused() -> None:
    with pytest.raises(TrainingError, match="8 pixels each, found an overlap of 4 pixels"):
        stitched(tf.zeros([2, 4, 4]), spec_of(1, 2, 4))


def test_maps_of_images_that_are_not_cut_stay_themselves() -> None:
    maps = tf.zeros([5, 4, 4])
    assert stitched(maps, InputSpec(height=32, width=32, channels=3)) is maps
