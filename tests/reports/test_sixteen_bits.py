"""Reported: 16-bit images are clipped or read as 8 bits, and come out nearly white or nearly black.

https://github.com/python-pillow/Pillow/issues/3011, https://github.com/python-pillow/Pillow/issues/5991
"""

import numpy as np

from deploy.fuzz.encodings.png_bytes import GREY, png
from service.scoring.input_spec import InputSpec
from tests.support.bundles import SIDE, part
from tests.support.bundles import png as colour_png
from tests.support.scoring_files import ScoreFiles

DARK = np.full((SIDE, SIDE), 0x3333, np.uint16)


def test_all_sixteen_bits_count(score_files: ScoreFiles) -> None:
    spot = DARK.copy()
    spot[8:12, 8:12] = 0x33FF  # 8 bits would not see it
    sixteen = InputSpec(height=SIDE, width=SIDE, channels=3, bit_depth=16, black=0.19, white=0.21)
    files = {"good.png": png(DARK, 16, GREY), "spot.png": png(spot, 16, GREY)}
    answers = score_files(files, input=sixteen, more=_sixteen_bit_golden())
    assert answers["spot.png"]["score"] > answers["good.png"]["score"] + 0.1


def test_another_bit_depth_than_fitted_gets_no_verdict(score_files: ScoreFiles) -> None:
    answers = score_files({"eight.png": colour_png(part(51)), "sixteen.png": png(DARK, 16, GREY)})
    assert answers["eight.png"]["decision"] == "pass"
    assert answers["sixteen.png"]["reason"] == "wrong_bit_depth"


def _sixteen_bit_golden() -> dict[str, bytes]:
    """Golden images in 16 bits, whose scores the usual manifest names."""
    levels = (10, 60, 110)
    return {
        f"golden/{level}.png": png(
            np.full((SIDE, SIDE), round((0.19 + 0.02 * level / 255) * 65535), np.uint16), 16, GREY
        )
        for level in levels
    }
