"""The layer of what is not scored: drawn where no pixel can change a score, and nowhere else."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.scoring.ignored import pack_mask
from service.scoring.input_spec import InputSpec, Roi
from service.scoring.preprocessing import preprocess
from service.scoring.unscored import LAYER_SIDE, unscored, unscored_layer, unscored_png
from tests.support.framed import corner

PLAIN = InputSpec(height=64, width=64, channels=1, margin=1.5)
REGION = PLAIN.model_copy(update={"roi": Roi(x=0.25, y=0.5, width=0.5, height=0.5)})
IGNORING = PLAIN.model_copy(update={"ignored": pack_mask(corner(64, 64))})
SIZE = (96, 128)
"""Of images (height, width); a pixel is 4 x 4 of the layer's."""


def by_pixel(size: tuple[int, int], spec: InputSpec) -> NDArray[np.bool_]:
    """The layer, one value for each pixel of an image whose longest side divides LAYER_SIDE."""
    found = unscored(size, spec)
    assert found is not None
    step = LAYER_SIDE // max(size)
    assert found.shape == (size[0] * step, size[1] * step)
    return found[step // 2 :: step, step // 2 :: step]


def test_where_all_is_scored_there_is_no_layer() -> None:
    for changes in ({}, {"resize": "pad"}, {"roi": Roi(x=0.0, y=0.0, width=1.0, height=1.0)}):
        spec = PLAIN.model_copy(update=changes)
        assert (unscored(SIZE, spec), unscored_layer(SIZE, spec), unscored_png(SIZE, spec)) == (None, None, None)


def test_beyond_the_region_of_interest_nothing_is_scored() -> None:
    found = by_pixel(SIZE, REGION)
    expected = np.ones(SIZE, bool)
    expected[48:, 32:96] = False
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("resize", ["stretch", "pad"])
def test_ignored_areas_lie_where_they_are_in_the_image(resize: str) -> None:
    """With padding the input's upper half is the image's upper half, and bands of nothing above that."""
    found = by_pixel(SIZE, IGNORING.model_copy(update={"resize": resize}))
    assert np.array_equal(found, corner(*SIZE))


def test_ignored_areas_of_a_region_lie_in_it() -> None:
    found = by_pixel(SIZE, REGION.model_copy(update={"ignored": IGNORING.ignored}))
    expected = np.ones(SIZE, bool)
    expected[48:, 32:96] = corner(48, 64)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("resize", ["stretch", "pad"])
def test_what_is_hatched_changes_no_pixel_of_the_input(resize: str) -> None:
    mask = corner(64, 64)
    spec = REGION.model_copy(update={"ignored": pack_mask(mask), "resize": resize})
    random = np.random.default_rng(0)
    image = random.integers(0, 256, SIZE, np.uint8)
    hatched = by_pixel(SIZE, spec)
    inside = hatched.copy()  # but for the border of an ignored area, of which the resizing takes something
    inside[1:-1, 1:-1] &= hatched[:-2, 1:-1] & hatched[2:, 1:-1] & hatched[1:-1, :-2] & hatched[1:-1, 2:]
    other = np.where(inside, random.integers(0, 256, SIZE, np.uint8), image)
    assert np.array_equal(preprocess(image, spec), preprocess(other, spec))
    changed = np.where(hatched, image, 255 - image)
    assert not np.array_equal(preprocess(image, spec), preprocess(changed, spec))


@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (3, 2), (5000, 5000)])
def test_the_layer_is_small_whatever_the_image(size: tuple[int, int]) -> None:
    png = unscored_png(size, REGION)
    assert png is not None
    with Image.open(io.BytesIO(png)) as layer:
        assert max(layer.size) == LAYER_SIDE
        assert min(layer.size) >= 1
    assert len(png) < 10_000


def test_the_layer_is_clear_where_it_is_scored_and_shows_the_image_elsewhere() -> None:
    png = unscored_png(SIZE, REGION)
    assert png is not None
    with Image.open(io.BytesIO(png)) as layer:
        opacity = np.asarray(layer.convert("RGBA"))[..., 3]
    where = unscored(SIZE, REGION)
    assert where is not None
    assert np.array_equal(opacity > 0, where)
    assert opacity.max() < 200
