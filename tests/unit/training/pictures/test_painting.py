import numpy as np
import pytest

from training.pictures.painting import painted_in
from training.trainer.result import Image

SIDE = 24


@pytest.fixture
def part() -> Image:
    """A bright square on a dark ground."""
    image = np.full((SIDE, SIDE, 1), 40, np.uint8)
    image[8:16, 8:16] = 200
    return image


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_hidden_becomes_what_the_autoencoder_knows_and_what_is_seen_stays(part: Image, channels: int) -> None:
    part = np.repeat(part, channels, axis=2)
    hidden = np.zeros((SIDE, SIDE), np.bool_)
    hidden[4:13, 4:13] = True
    spoilt = np.where(hidden[..., np.newaxis], np.uint8(0), part)
    spoilt[20, 20] = 99
    made = painted_in(lambda _: part, spoilt, hidden)
    np.testing.assert_array_equal(made[hidden], part[hidden])
    np.testing.assert_array_equal(made[~hidden], spoilt[~hidden])
    assert (spoilt[hidden] == 0).all()


def test_the_autoencoder_is_never_shown_a_hole_but_a_guess_from_its_edge(part: Image) -> None:
    hidden = np.zeros((SIDE, SIDE), np.bool_)
    hidden[10:14, 10:14] = True
    shown: list[Image] = []

    def reconstruct(image: Image) -> Image:
        shown.append(image)
        return image

    made = painted_in(reconstruct, np.where(hidden[..., np.newaxis], np.uint8(0), part), hidden)
    assert shown[0][hidden].min() > 100
    np.testing.assert_array_equal(made, shown[0])
