from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from service.scoring.manifest import FittedOn, InputSpec
from service.scoring.preprocessing import preprocess
from tests.support.drawn_parts import draw_part, write_image
from training.data.folder import find_layout
from training.data.input_spec import DECODED_MARGIN, check_size, input_spec
from training.data.normal_set import scan
from training.data.split import split_normal_set
from training.errors import TrainingError
from training.progress import Progress

QUIET = Progress(Console(quiet=True))


def spec_of(folder: Path) -> InputSpec:
    normal = scan(find_layout(folder), QUIET)
    return input_spec(normal, split_normal_set(normal.images, 0.2, seed=0), 64, QUIET)


def test_eight_bit_colour_is_taken_as_it_is(tmp_path: Path) -> None:
    for i in range(20):
        write_image(tmp_path / f"{i}.png", draw_part(i))
    assert spec_of(tmp_path).model_copy(update={"fitted_on": None}) == InputSpec(
        height=64, width=64, channels=3, margin=DECODED_MARGIN
    )


def test_what_the_images_were_is_kept(tmp_path: Path) -> None:
    for i in range(20):
        image = draw_part(i, side=32 + i, colour=i > 9)
        write_image(tmp_path / f"{i}.png", image[: 32 + i // 2])
    assert spec_of(tmp_path).fitted_on == FittedOn(
        colour_modes=("colour", "mono"), height=(32, 41), width=(32, 51), aspect=(1.0, 51 / 41)
    )


def test_sixteen_bit_mono_gets_the_range_of_its_pixels_with_a_margin(tmp_path: Path) -> None:
    images = [draw_part(i, bit_depth=16, colour=False) for i in range(20)]
    for i, image in enumerate(images):
        write_image(tmp_path / f"{i}.png", image)
    spec = spec_of(tmp_path)
    assert (spec.channels, spec.bit_depth) == (1, 16)
    low, high = (np.percentile(images, percentile) / 65535 for percentile in (0.1, 99.9))
    assert 0.0 < spec.black < low < high < spec.white < 0.2
    preprocessed = preprocess(images[0], spec)
    assert np.ptp(preprocessed) > 120, "a narrow band of 16 bits keeps its contrast in 8"
    assert 0 < preprocessed.min() < preprocessed.max() < 255


@pytest.mark.parametrize(("size", "nearest"), [(100, 96), (16, 32), (250, 256), (5000, 2048)])
def test_an_odd_image_size_is_refused_with_the_nearest_good_one(size: int, nearest: int) -> None:
    with pytest.raises(TrainingError, match=f"found {size}; the nearest is {nearest}"):
        check_size(size)
