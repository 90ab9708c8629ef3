"""How images become the graph's input: sizes, regions of interest."""

from dataclasses import replace
from pathlib import Path

import pytest

from service.scoring.input_spec import InputSpec, Roi
from training.data.framing import Framing, RoiRequest, choose_size, parse_roi, parse_size, roi_of
from training.data.normal_set import ImageFile
from training.errors import TrainingError

IMAGE = ImageFile(Path("a.png"), "a", 480, 640, 8, colour=True)


@pytest.mark.parametrize(("text", "size"), [("256", (256, 256)), ("160x416", (160, 416)), ("64X32", (64, 32))])
def test_a_size_is_one_side_or_height_x_width(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100", "found 100; the nearest is 96"),
        ("5000x64", "found 5000; the nearest is 2048"),
        ("16", "found 16; the nearest is 32"),
        ("64x250", "found 250; the nearest is 256"),
    ],
)
def test_an_odd_image_size_is_refused_with_the_nearest_good_one(text: str, found: str) -> None:
    with pytest.raises(TrainingError, match=found):
        parse_size(text)


@pytest.mark.parametrize("text", ["", "large", "64x", "x64", "64x64x3", "-64", "64.5"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(TrainingError, match="expected --image-size as one side or HEIGHTxWIDTH"):
        parse_size(text)


def test_a_region_is_in_pixels_or_in_per_cent() -> None:
    assert parse_roi("40, 0, 600, 480") == RoiRequest((40, 0, 600, 480), in_pixels=True)
    assert parse_roi("10%,0%,80%,100%") == RoiRequest((0.1, 0, 0.8, 1), in_pixels=False)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4%", "a,b,c,d", "1,2,3,4,5", "1..2,0,1,1", "nan,0,1,1"])
def test_what_is_no_region_is_refused(text: str) -> None:
    with pytest.raises(TrainingError, match="expected --roi as X,Y,WIDTH,HEIGHT"):
        parse_roi(text)


@pytest.mark.parametrize("text", ["-1,0,5,5", "0,0,0,5", "50%,0%,60%,10%"])
def test_a_region_outside_of_the_image_is_refused(text: str) -> None:
    with pytest.raises(TrainingError, match="expected --roi to name a region within the image"):
        parse_roi(text)


def test_pixels_become_shares_of_the_images() -> None:
    assert roi_of(parse_roi("64,48,320,240"), [IMAGE]) == Roi(x=0.1, y=0.1, width=0.5, height=0.5)
    assert roi_of(None, [IMAGE]) is None


def test_a_region_in_pixels_needs_images_of_one_size_that_hold_it() -> None:
    with pytest.raises(TrainingError, match="640x480 pixels, found one that ends at 700,10"):
        roi_of(parse_roi("600,0,100,10"), [IMAGE])
    with pytest.raises(TrainingError, match="images of one size for --roi in pixels, found 2 sizes; give it in per"):
        roi_of(parse_roi("0,0,10,10"), [IMAGE, replace(IMAGE, width=320)])


@pytest.mark.parametrize(
    ("aspects", "size"),
    [([1.0], (256, 256)), ([1.24, 1.24], (256, 256)), ([4 / 3], (224, 288)), ([0.5, 0.5, 1.0], (352, 192))],
)
def test_images_far_from_square_keep_their_proportions(aspects: list[float], size: tuple[int, int]) -> None:
    assert choose_size(aspects) == size


def test_a_bundles_framing_gives_its_input_again() -> None:
    roi = Roi(x=0.1, y=0.2, width=0.5, height=0.5)
    framing = Framing.of(InputSpec(height=64, width=96, channels=1, margin=1.5, roi=roi, resize="pad"))
    assert (framing.size, framing.resize, roi_of(framing.roi, [IMAGE])) == ((64, 96), "pad", roi)


def test_ignored_areas_are_lost_in_another_size() -> None:
    framing = Framing((64, 64), ignored="a mask of that size")
    assert framing.with_size((64, 64)).ignored == framing.ignored
    with pytest.raises(TrainingError, match="in which its ignored areas are known"):
        framing.with_size((32, 32))
