"""One decoding, and the input of each graph."""

import numpy as np
import pytest

from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.input_spec import FittedOn, InputSpec
from service.scoring.preprocessing import preprocess
from service.scoring.workers.prepare import prepare
from tests.support.bundles import part, png

SMALL = InputSpec(height=16, width=24, channels=1)
COLOUR = InputSpec(height=32, width=32, channels=3)


def test_an_image_is_prepared_for_each_graph() -> None:
    prepared = prepare(png(part(60)), ImageLimits(), [SMALL, COLOUR])
    assert prepared.size == (32, 32)
    assert prepared.pixels.shape == (16, 24, 1)
    (other,) = prepared.others
    assert isinstance(other, np.ndarray)
    assert np.array_equal(other, part(60))


def test_what_a_challenger_cannot_take_rejects_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(image: np.ndarray, spec: InputSpec) -> np.ndarray:
        if spec is SMALL:
            raise ValueError("too small")
        return preprocess(image, spec)

    monkeypatch.setattr("service.scoring.workers.prepare.preprocess", failing)
    assert prepare(png(part(60)), ImageLimits(), [COLOUR, SMALL]).others == ("ValueError: too small",)


def test_what_cannot_be_decoded_is_rejected() -> None:
    with pytest.raises(ImageRejected):
        prepare(b"hello", ImageLimits(), [COLOUR])


def test_what_the_first_graph_was_fitted_on_decides_what_is_unlike() -> None:
    mono = FittedOn(colour_modes=("mono",), height=(32, 32), width=(32, 32), aspect=(1.0, 1.0))
    fitted = COLOUR.model_copy(update={"fitted_on": mono})
    assert prepare(png(part(60)), ImageLimits(), [fitted, COLOUR]).unlike_fit == {"colour_mode"}
    assert prepare(png(part(60)), ImageLimits(), [COLOUR, fitted]).unlike_fit == frozenset()


def test_another_bit_depth_than_the_first_graph_was_fitted_on_is_rejected_and_turns_only_a_challenger_off() -> None:
    deep = COLOUR.model_copy(update={"bit_depth": 16})
    with pytest.raises(ImageRejected, match="expected 16 bits per channel as fitted, found 8"):
        prepare(png(part(60)), ImageLimits(), [deep])
    (other,) = prepare(png(part(60)), ImageLimits(), [COLOUR, deep]).others
    assert isinstance(other, str)
    assert "expected 16 bits" in other
