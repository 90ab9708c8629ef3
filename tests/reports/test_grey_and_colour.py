"""Reported: the same grey picture scores otherwise when it is saved with one channel, with three, or with a palette."""

import io

import numpy as np
from PIL import Image

from deploy.fuzz.encodings.bmp import bmp, stored
from deploy.fuzz.encodings.png_bytes import GREY, png
from deploy.fuzz.encodings.tiff import written
from tests.support.bundles import SIDE
from tests.support.bundles import png as any_png
from tests.support.scoring_files import ScoreFiles


def test_a_grey_picture_has_one_score_however_it_is_saved(score_files: ScoreFiles) -> None:
    grey = np.full((SIDE, SIDE), 51, np.uint8)
    grey[4:8, 4:8] = 102
    palette = io.BytesIO()
    Image.fromarray(grey).convert("P").save(palette, "PNG")
    levels = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 4, axis=1)
    answers = score_files(
        {
            "one channel.png": png(grey, 8, GREY),
            "three channels.png": any_png(np.stack([grey] * 3, axis=-1)),
            "palette.png": palette.getvalue(),
            "one channel.tif": written(grey, photometric="minisblack"),
            "negative.tif": written(255 - grey, photometric="miniswhite"),
            "palette.bmp": bmp(stored(grey, 8), grey.shape, 8, palette=levels.tobytes()),
        }
    )
    assert {answer["score"] for answer in answers.values()} == {answers["one channel.png"]["score"]}
    assert len(answers) == 6
