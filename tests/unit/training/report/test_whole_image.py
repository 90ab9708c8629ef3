import base64
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.scoring.input_spec import InputSpec
from tests.support.framed import FRAMED
from training.report.whole_image import SIDE, hatched_picture


def save(path: Path, pixels: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), pixels)
    return path


@pytest.mark.parametrize(
    ("dtype", "shape"), [(np.uint8, (100, 200)), (np.uint8, (100, 200, 3)), (np.uint16, (900, 1800))]
)
def test_what_is_not_scored_is_hatched(tmp_path: Path, dtype: type, shape: tuple[int, ...]) -> None:
    image = save(tmp_path / "part.png", np.full(shape, np.iinfo(dtype).max // 2, dtype))
    found = hatched_picture(image, FRAMED)
    assert found.startswith("data:image/jpeg;base64,")
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(found.split(",")[1]), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    height, width = shown.shape
    assert (height, width) == (min(SIDE // 2, shape[0]), min(SIDE, shape[1]))
    beside, ignored, rest = (
        shown[height // 2 :, : width // 4 - 8],
        shown[: height // 2 - 8, width * 5 // 8 + 8 :],
        shown[height // 2 + 8 :, width // 4 + 8 :],
    )
    assert min(beside.std(), ignored.std()) > 10
    assert rest.std() < 3
    assert rest.mean() == pytest.approx(127, abs=2)


def test_without_anything_to_hatch_or_a_file_there_is_no_picture(tmp_path: Path) -> None:
    image = save(tmp_path / "part.png", np.zeros((64, 64), np.uint8))
    assert hatched_picture(image, InputSpec(height=32, width=32, channels=1)) == ""
    assert hatched_picture(tmp_path / "gone.png", FRAMED) == ""
