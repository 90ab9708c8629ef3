"""What of an image is scored, in words."""

import numpy as np
import pytest

from service.scoring.ignored import pack_mask
from service.scoring.input_spec import InputSpec, Roi, Tiles
from service.scoring.scored_words import ignored_share, scored_json, scored_words

PLAIN = InputSpec(height=64, width=96, channels=1, margin=1.5)
MASK = np.zeros((64, 96), bool)
MASK[:16, :48] = True
IGNORING = PLAIN.model_copy(update={"ignored": pack_mask(MASK)})
REGION = {"roi": Roi(x=0.1, y=0.125, width=0.8, height=0.5)}


def test_of_a_whole_image_nothing_is_said() -> None:
    assert scored_words(PLAIN) == ""
    assert ignored_share(PLAIN) == 0.0
    assert scored_json((100, 200), PLAIN) == {}


def test_as_json_the_region_is_in_pixels_of_the_image() -> None:
    assert scored_json((100, 200), IGNORING) == {"ignored": 0.125}
    assert scored_json((100, 200), IGNORING.model_copy(update=REGION)) == {
        "roi": {"x": 20, "y": 12, "width": 160, "height": 50},
        "ignored": 0.125,
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "the whole image, 12.5 % of it ignored"),
        (
            REGION,
            (
                "a region of 80 % of the width and 50 % of the height (from 10 % on the left and 12.5 % at the top), "
                "12.5 % of that ignored"
            ),
        ),
        (
            {"ignored": "", "resize": "pad", "tiles": Tiles(rows=2, columns=3)},
            "the whole image, padded to keep its proportions, 2 x 3 tiles of 32x32",
        ),
        (
            {"ignored": "", "tiles": Tiles(rows=1, columns=2, overlap=16)},
            "the whole image, 1 x 2 tiles of 56x64 that share 16 pixels",
        ),
    ],
)
def test_what_is_scored_is_said(changes: dict[str, object], words: str) -> None:
    assert scored_words(IGNORING.model_copy(update=changes)) == words


def test_a_single_ignored_pixel_is_not_nothing() -> None:
    mask = np.zeros((64, 96), bool)
    mask[0, 0] = True
    assert scored_words(PLAIN.model_copy(update={"ignored": pack_mask(mask)})).endswith("less than 0.1 % of it ignored")
