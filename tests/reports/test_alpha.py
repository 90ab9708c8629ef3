"""Reported: an alpha channel changes the colours, or a transparent image comes out black.

Programs save screenshots and exports with alpha by default.
"""

import numpy as np
import pytest

from deploy.fuzz.encodings.bmp import bmp, stored
from deploy.fuzz.encodings.png_bytes import RGBA, png
from deploy.fuzz.encodings.tiff import written
from tests.support.bundles import part
from tests.support.bundles import png as opaque_png
from tests.support.scoring_files import ScoreFiles


@pytest.mark.parametrize("alpha", [0, 1, 128, 255])
def test_alpha_changes_no_score(alpha: int, score_files: ScoreFiles) -> None:
    image = part(51, 102)
    four = np.concatenate([image, np.full_like(image[..., :1], alpha)], axis=-1)
    reversed_four = np.concatenate([image[..., ::-1], four[..., 3:]], axis=-1)
    answers = score_files(
        {
            "without.png": opaque_png(image),
            "with.png": png(four, 8, RGBA),
            "with.tif": written(four, photometric="rgb", extrasamples=["unassalpha"]),
            "with.bmp": bmp(stored(reversed_four, 32), image.shape[:2], 32),
        }
    )
    assert len({answer["score"] for answer in answers.values()}) == 1
