from pathlib import Path

import numpy as np
from rich.console import Console

from service.scoring.ignored import ignored_mask
from service.scoring.input_spec import FittedOn, InputSpec, Roi
from service.scoring.preprocessing import preprocess
from tests.support.drawn_parts import draw_part, write_image
from training.data.folder import find_layout
from training.data.framing import Framing, RoiRequest
from training.data.input_spec import DECODED_MARGIN, input_spec
from training.data.normal_set import scan
from training.data.split import split_normal_set
from training.progress import Progress

QUIET = Progress(Console(quiet=True))


SMALL = Framing((64, 64))


def spec_of(folder: Path, framing: Framing = SMALL) -> InputSpec:
    normal = scan(find_layout(folder), QUIET)
    return input_spec(normal, split_normal_set(normal.images, 0.2, seed=0), framing, QUIET)


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


def test_long_images_keep_their_proportions(tmp_path: Path) -> None:
    for i in range(20):
        write_image(tmp_path / f"{i}.png", draw_part(i, side=96)[:38])
    spec = spec_of(tmp_path, Framing())
    assert (spec.height, spec.width) == (160, 416)


def test_the_region_of_interest_counts_for_proportions(tmp_path: Path) -> None:
    for i in range(20):
        write_image(tmp_path / f"{i}.png", draw_part(i, side=64))
    spec = spec_of(tmp_path, Framing(roi=RoiRequest((0, 16, 64, 32), in_pixels=True)))
    assert (spec.height, spec.width) == (192, 352)
    assert spec.roi == Roi(x=0, y=0.25, width=1, height=0.5)


def test_ignored_areas_are_a_mask_of_the_graphs_input(tmp_path: Path) -> None:
    for i in range(20):
        write_image(tmp_path / "images" / f"{i}.png", draw_part(i, side=64))
    mask = np.zeros((64, 64), np.uint8)
    mask[:16] = 255
    write_image(tmp_path / "ignore.png", mask)
    spec = spec_of(tmp_path / "images", Framing((32, 32), ignore=tmp_path / "ignore.png"))
    found = ignored_mask(spec.ignored)
    assert found.shape == (32, 32)
    assert found[:8].all()
    assert not found[10:].any()
