"""Reported: a JPEG with missing data is decoded without an error, its lower part grey or from another image.

https://github.com/opencv/opencv/issues/26488
"""

import pytest

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.jpeg_bytes import END, jpeg, scans, segments, with_scan
from tests.support.scoring_files import ScoreFiles

WHOLE = jpeg(picture.colour8(160, 200))
(SCAN,) = (each.scan for each in scans(segments(WHOLE)))
MIDDLE = len(SCAN) // 2


@pytest.mark.parametrize(
    "damaged",
    [
        WHOLE[: len(WHOLE) // 2],
        WHOLE[: len(WHOLE) // 2] + END,
        with_scan(WHOLE, SCAN[:MIDDLE] + SCAN[MIDDLE + 300 :]),
        with_scan(WHOLE, SCAN[:MIDDLE] + bytes(300) + SCAN[MIDDLE + 300 :]),
    ],
    ids=["cut off", "cut off and closed", "bytes lost", "bytes zeroed"],
)
def test_a_jpeg_with_missing_data_gets_no_verdict(damaged: bytes, score_files: ScoreFiles) -> None:
    answers = score_files({"whole.jpg": WHOLE, "damaged.jpg": damaged})
    assert "decision" in answers["whole.jpg"]
    assert answers["damaged.jpg"]["reason"] == "undecodable"
    assert answers["damaged.jpg"]["message"].endswith("send the image again")
