import cv2
import numpy as np

from training.pictures.comparison import GAIN, LARGEST, LINE, MASK, SMALLEST, Row, comparison
from training.pictures.quality import Compared, Quality
from training.report.images import GAP


def flat(grey: int, side: int = 32, channels: int = 1) -> np.ndarray:
    return np.full((side, side, channels), grey, np.uint8)


def page_of(*rows: Row) -> np.ndarray:
    """RGB."""
    page = cv2.imdecode(np.frombuffer(comparison(rows), np.uint8), cv2.IMREAD_COLOR)
    assert page is not None
    return page[..., ::-1]


def test_input_restored_and_their_difference_stand_side_by_side_under_their_names() -> None:
    page = page_of(Row("a.png", None, flat(100), flat(110)))
    assert page.shape == (LINE + SMALLEST + LINE + GAP, 3 * (SMALLEST + GAP) - GAP, 3)
    middle = page[LINE + SMALLEST // 2]
    assert [middle[SMALLEST // 2 + place * (SMALLEST + GAP)].tolist() for place in range(3)] == [
        [100] * 3,
        [110] * 3,
        [GAIN * 10] * 3,
    ]
    for place in range(3):
        left = place * (SMALLEST + GAP)
        assert page[:LINE, left : left + SMALLEST].min() < 128


def test_an_original_comes_first_and_a_row_without_one_leaves_its_place_white() -> None:
    quality = Compared(Quality(20.0, 0.5), Quality(None, 0.9))
    page = page_of(
        Row("a.png", None, flat(100), flat(110)), Row("b.png", flat(90), flat(100), flat(110), None, quality)
    )
    rows = [LINE + SMALLEST // 2 + number * (SMALLEST + LINE + GAP) for number in range(2)]
    assert [page[row, SMALLEST // 2].tolist() for row in rows] == [[255] * 3, [90] * 3]
    assert [page[row, SMALLEST // 2 + SMALLEST + GAP].tolist() for row in rows] == [[100] * 3, [100] * 3]
    away = [page[row, SMALLEST // 2 + 3 * (SMALLEST + GAP)].tolist() for row in rows]
    assert away == [[GAIN * 10] * 3, [GAIN * 20] * 3]


def test_the_caption_has_name_and_measures() -> None:
    row = Row("b.png", flat(90), flat(100), flat(110), None, Compared(Quality(20.0, 0.5), Quality(None, 0.9)))
    assert row.caption() == "b.png: PSNR 20.0 dB to same, SSIM 0.50 to 0.90"
    assert Row("b.png", None, flat(100), flat(110)).caption() == "b.png"


def test_hidden_pixels_are_shown_as_such_and_large_images_smaller() -> None:
    hidden = np.zeros((2 * LARGEST, 2 * LARGEST), np.bool_)
    hidden[:, :LARGEST] = True
    page = page_of(Row("a.png", None, flat(100, 2 * LARGEST, 3), flat(110, 2 * LARGEST, 3), hidden))
    assert page.shape[1] == 3 * (LARGEST + GAP) - GAP
    assert page[LINE + 10, LARGEST // 4].tolist() == list(MASK)
    assert page[LINE + 10, 3 * LARGEST // 4].tolist() == [100] * 3
