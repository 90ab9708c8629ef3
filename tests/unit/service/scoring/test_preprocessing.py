"""Preprocessing images for a graph."""

import cv2
import numpy as np
import pytest

from service.scoring.ignored import FILL, pack_mask
from service.scoring.image import ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import brightness, preprocess, to_uint8
from tests.support.encoded import surface

OLD = InputSpec(height=16, width=16, channels=3)
SPEC = OLD.model_copy(update={"margin": 2.0})
BOTH = pytest.mark.parametrize("spec", [OLD, SPEC], ids=["old", "new"])


def noise(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@BOTH
def test_an_8_bit_image_of_the_right_size_is_preprocessed_unchanged(spec: InputSpec) -> None:
    image = noise((16, 16, 3), np.uint8)
    assert np.array_equal(preprocess(image, spec), image)


@BOTH
def test_a_mono_image_becomes_three_equal_channels_for_a_colour_graph(spec: InputSpec) -> None:
    image = noise((16, 16), np.uint8)
    assert np.array_equal(preprocess(image, spec), np.dstack([image] * 3))


@BOTH
def test_a_colour_image_becomes_its_luma_for_a_mono_graph(spec: InputSpec) -> None:
    image = np.full((16, 16, 3), (255, 0, 0), np.uint8)
    preprocessed = preprocess(image, spec.model_copy(update={"channels": 1}))
    assert preprocessed.shape == (16, 16, 1)
    assert np.all(preprocessed == round(0.299 * 255))


@BOTH
@pytest.mark.parametrize("shape", [(7, 90), (300, 20), (16, 16)])
def test_any_size_is_stretched_to_the_graph(shape: tuple[int, int], spec: InputSpec) -> None:
    preprocessed = preprocess(np.full(shape, 77, np.uint8), spec)
    assert preprocessed.shape == (16, 16, 3)
    assert np.all(preprocessed == 77)


@pytest.mark.parametrize("margin", [None, 2.0])
def test_16_bit_values_are_spread_over_the_range_of_the_fit_split(margin: float | None) -> None:
    spec = InputSpec(height=8, width=8, channels=1, bit_depth=16, black=1000 / 65535, white=5000 / 65535, margin=margin)
    image = np.repeat(np.array([0, 1000, 3010, 5000, 6000], np.uint16), 8 * 8).reshape(5, 8, 8)
    assert [int(preprocess(level, spec)[0, 0, 0]) for level in image] == [0, 0, 128, 255, 255]


def test_a_range_is_mapped_to_8_bits_whatever_the_shape() -> None:
    ranged = to_uint8(np.array([0, 13107, 26214, 65535], np.uint16), black=0.2, white=0.4)
    assert ranged.dtype == np.uint8
    assert ranged.tolist() == [0, 0, 255, 255]


def test_an_8_bit_image_of_full_range_is_returned_itself() -> None:
    image = np.arange(256, dtype=np.uint8)
    assert to_uint8(image, black=0.0, white=1.0) is image


@BOTH
def test_both_depths_of_the_same_picture_preprocess_to_the_same_pixels(spec: InputSpec) -> None:
    image, deep = noise((40, 40, 3), np.uint8), spec.model_copy(update={"bit_depth": 16})
    narrow, wide = preprocess(image, spec), preprocess(image.astype(np.uint16) * 257, deep)
    assert int(np.abs(narrow.astype(int) - wide.astype(int)).max()) <= 1


@pytest.mark.parametrize("shape", [(16, 16, 3), (16, 24, 1)])
def test_brightness_is_the_mean_over_all_pixels_and_channels(shape: tuple[int, ...]) -> None:
    image = noise(shape, np.uint8)
    assert brightness(image) == pytest.approx(image.mean())


@pytest.mark.parametrize(("bits", "found"), [(8, np.uint16), (16, np.uint8)])
def test_an_image_of_another_bit_depth_than_fitted_is_rejected(bits: int, found: type) -> None:
    spec = InputSpec.model_validate({"height": 8, "width": 8, "channels": 1, "bit_depth": bits})
    with pytest.raises(
        ImageRejected, match=f"expected {bits} bits per channel as fitted, found {24 - bits}"
    ) as rejected:
        preprocess(noise((8, 8), found), spec)
    assert rejected.value.reason is Reason.WRONG_BIT_DEPTH


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(20, 24), (33, 100), (64, 64), (250, 410)])
def test_the_filter_is_near_the_mean_of_an_area(size: tuple[int, int], dtype: type) -> None:
    wide = dtype is np.uint16
    spec = SPEC.model_copy(update={"bit_depth": 16 if wide else 8})
    image: np.ndarray = surface(*size, 3).astype(dtype) * (257 if wide else 1)
    area = cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA) / (257 if wide else 1)
    assert np.abs(preprocess(image, spec) - area).mean() < 0.02 * 255


def test_structure_finer_than_a_pixel_of_the_result_does_not_alias() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (40, 20))
    assert int(np.ptp(preprocess(stripes[:, 1:], SPEC)[2:-2, 2:-2].astype(int))) < 20


def test_an_image_that_is_much_larger_is_the_mean_of_its_pixels_first() -> None:
    image = surface(150, 133, 3)
    means = image[:148, :132].reshape(37, 4, 33, 4, 3).mean((1, 3))
    found = preprocess(image[:148, :132], SPEC).astype(int)
    assert np.abs(found - preprocess(np.round(means).astype(np.uint8), SPEC)).max() <= 1


@pytest.mark.parametrize("shape", [(16, 32), (16, 32, 3)])
def test_padding_takes_nothing_from_what_is_ignored(shape: tuple[int, ...]) -> None:
    mask = np.zeros((16, 16), bool)
    mask[:, 7:] = True  # and the column that takes something from it
    spec = SPEC.model_copy(update={"resize": "pad", "margin": 1.5, "ignored": pack_mask(mask)})
    image = np.full(shape, 60, np.uint8)
    image[:, 16:] = 250
    found = preprocess(image, spec)
    assert (found[:, :7] == 60).all()
    assert (found[:, 7:] == FILL).all()
    border = np.ones((16, 16), bool)
    border[6:10, 2:14] = False
    around = preprocess(image, spec.model_copy(update={"ignored": pack_mask(border)}))
    assert (around[border] == FILL).all()
