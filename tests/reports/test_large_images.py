"""Reported: a library's own limit on pixels stops large images, whatever the program's setting says.

https://github.com/deepfates/memery/issues/10, https://github.com/scalableminds/webknossos-libs/issues/892
"""

import zlib

import pytest

from deploy.fuzz.encodings.png_bytes import GREY, file_of, header
from tests.support.scoring_files import ScoreFiles

SIDE = 14_000  # 196 million pixels: beyond twice Pillow's limit of 89 million
BLACK = zlib.compress(bytes((1 + SIDE // 8) * SIDE), 1)
LARGE = file_of([header(SIDE, SIDE, 1, GREY), (b"IDAT", BLACK), (b"IEND", b"")])


def test_only_the_setting_limits_pixels(score_files: ScoreFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = score_files({"large.png": LARGE})["large.png"]
    assert (refused["reason"], "max_image_pixels" in refused["message"]) == ("too_large", True)
    monkeypatch.setenv("LINEWATCH_MAX_IMAGE_PIXELS", str(SIDE * SIDE))
    assert score_files({"large.png": LARGE})["large.png"]["decision"] == "pass"
