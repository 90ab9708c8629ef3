import numpy as np
import pytest

from training.pictures.painting import Hidden, painted_in
from training.trainer.result import Image

SIDE = 24


def nearest(image: Image, hidden: Hidden) -> Image:
    """A network that sees 4 pixels far to the left, and paints black what is farther from what it sees."""
    made = np.zeros_like(image)
    for row, column in np.argwhere(hidden):
        seen = [place for place in range(max(0, column - 4), column) if not hidden[row, place]]
        made[row, column] = image[row, seen[-1]] if seen else 0
    return made


@pytest.fixture
def stripes() -> Image:
    """Rows of different grey."""
    return np.broadcast_to(np.arange(100, 100 + SIDE, dtype=np.uint8)[:, None, None], (SIDE, SIDE, 1)).copy()


def test_what_is_seen_stays_and_what_is_hidden_is_painted(stripes: Image) -> None:
    hidden = np.zeros((SIDE, SIDE), np.bool_)
    hidden[3:7, 10:14] = True
    spoiled = np.where(hidden[..., None], np.uint8(7), stripes)
    np.testing.assert_array_equal(painted_in(nearest, spoiled, hidden), stripes)
    assert (spoiled[3:7, 10:14] == 7).all()


def test_a_place_wider_than_the_network_sees_is_painted_from_its_edge_inwards(stripes: Image) -> None:
    hidden = np.zeros((SIDE, SIDE), np.bool_)
    hidden[:, 12:] = True
    np.testing.assert_array_equal(painted_in(nearest, np.where(hidden[..., None], 0, stripes), hidden, ring=4), stripes)
    assert (nearest(stripes, hidden)[:, -1] == 0).all()


def test_an_image_of_which_nothing_is_seen_is_painted_at_once(stripes: Image) -> None:
    assert (painted_in(nearest, stripes, np.ones((SIDE, SIDE), np.bool_)) == 0).all()
