"""Images unlike those of the fit."""

import numpy as np
import pytest

from service.scoring.image import Decoded
from service.scoring.input_spec import ColourMode, FittedOn, InputSpec
from service.scoring.unlike_fit import unlike_fit


def spec(*modes: ColourMode) -> InputSpec:
    fitted_on = FittedOn(colour_modes=modes or ("colour",), height=(100, 120), width=(200, 240), aspect=(2.0, 2.0))
    return InputSpec(height=32, width=32, channels=3, fitted_on=fitted_on)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (100, 200, set()),
        (120, 240, set()),
        (100, 220, set()),  # within a fifth of the aspect ratio
        (100, 241, {"aspect"}),
        (100, 165, {"aspect"}),
        (67, 134, set()),
        (66, 132, {"size"}),
        (180, 360, set()),
        (181, 362, {"size"}),
        (40, 40, {"aspect", "size"}),
    ],
)
def test_sizes_may_differ_by_half_and_aspect_ratios_by_a_fifth(height: int, width: int, expected: set[str]) -> None:
    assert unlike_fit(Decoded.whole(np.zeros((height, width, 3), np.uint8)), spec()) == expected


def test_a_colour_mode_that_no_normal_image_had_is_told() -> None:
    colour = Decoded.whole(np.zeros((100, 200, 3), np.uint8))
    mono = Decoded.whole(np.zeros((100, 200), np.uint16))
    assert unlike_fit(mono, spec("colour")) == unlike_fit(colour, spec("mono")) == {"colour_mode"}
    assert unlike_fit(mono, spec("colour", "mono")) == unlike_fit(colour, spec("colour", "mono")) == frozenset()


def test_a_bundle_of_an_earlier_release_knows_no_difference() -> None:
    old = InputSpec.model_validate_json('{"height":32,"width":32,"channels":3,"bit_depth":8,"black":0.0,"white":1.0}')
    assert unlike_fit(Decoded.whole(np.zeros((1, 9), np.uint8)), old) == frozenset()


def test_the_size_that_counts_is_the_one_before_decoding_made_it_smaller() -> None:
    half = np.zeros((50, 100, 3), np.uint8)
    assert unlike_fit(Decoded(half, (100, 200)), spec()) == frozenset()
    assert unlike_fit(Decoded.whole(half), spec()) == {"size"}
