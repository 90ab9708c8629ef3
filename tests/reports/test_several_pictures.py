"""Reported: of a file with several pages, frames or pictures only the first is looked at, without a word.

https://github.com/alephdata/aleph/issues/20, https://github.com/jimp-dev/jimp/issues/816
"""

import io

import numpy as np
from PIL import Image

from deploy.fuzz.encodings.jpeg_bytes import jpeg
from tests.support.bundles import part
from tests.support.scoring_files import ScoreFiles

GOOD, BAD = part(51), part(51, 204)


def saved(kind: str, first: np.ndarray, second: np.ndarray) -> bytes:
    """Both pictures in one file."""
    stored = io.BytesIO()
    Image.fromarray(first).save(stored, kind, save_all=True, append_images=[Image.fromarray(second)])
    return stored.getvalue()


def test_a_file_with_several_pictures_gets_no_verdict(score_files: ScoreFiles) -> None:
    answers = score_files(
        {
            "pages.tif": saved("TIFF", GOOD, BAD),
            "frames.png": saved("PNG", GOOD, BAD),
            "stereo.jpg": saved("MPO", GOOD, BAD),
            "twice.jpg": jpeg(GOOD) + jpeg(BAD),
        }
    )
    assert {name: answer.get("reason") for name, answer in answers.items()} == dict.fromkeys(
        answers, "unsupported_format"
    )
    assert len(answers) == 4
