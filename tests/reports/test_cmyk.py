"""Reported: a CMYK JPEG from a print workflow is read inverted or with other colours.

https://github.com/opencv/opencv/issues/25274, https://github.com/lovell/sharp/issues/1649
"""

import numpy as np

from deploy.fuzz.encodings.jpeg_bytes import jpeg
from tests.support.bundles import part
from tests.support.scoring_files import ScoreFiles


def test_a_cmyk_jpeg_is_refused_and_the_message_says_what_to_do(score_files: ScoreFiles) -> None:
    inks = np.concatenate([255 - part(51), np.zeros_like(part(51)[..., :1])], axis=-1)
    answer = score_files({"print.jpg": jpeg(inks)})["print.jpg"]
    assert answer["reason"] == "unsupported_format"
    assert "CMYK" in answer["message"]
    assert "convert" in answer["message"]
