"""Reported: files with umlauts, spaces or capital letters in their names, or a wrong suffix, are not read.

https://github.com/opencv/opencv/issues/22881, https://github.com/opencv/opencv/issues/4292
"""

from deploy.fuzz.encodings.jpeg_bytes import jpeg
from tests.support.bundles import part, png
from tests.support.scoring_files import ScoreFiles

NAMES = ("Öffentlich/Prüfling.png", "图片/零件 1.png", "a b.png", "UPPER.PNG", "Mixed.TiFf", "é\u0301.png", "-x.png")


def test_every_name_is_read(score_files: ScoreFiles) -> None:
    answers = score_files(dict.fromkeys(NAMES, png(part(51))))
    assert sorted(answers) == sorted(NAMES)
    assert {answer["decision"] for answer in answers.values()} == {"pass"}


def test_the_format_is_found_by_content(score_files: ScoreFiles) -> None:
    answers = score_files({"really a jpeg.png": jpeg(part(51)), "really a png.jpg": png(part(51))})
    assert {answer["decision"] for answer in answers.values()} == {"pass"}
