from pathlib import Path

import pytest
from PIL import Image

from training.data.capture_time import capture_time


@pytest.mark.parametrize("taken", ["    :  :     :  :  ", "yesterday", "", "0000:00:00 00:00:00"])
def test_what_a_camera_without_a_clock_writes_is_no_time(tmp_path: Path, taken: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken
    path = tmp_path / "a.jpg"
    Image.new("L", (8, 8)).save(path, exif=exif)
    assert capture_time(path) is None


def test_the_time_of_the_file_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (8, 8)).save(path)
    assert capture_time(path) is None
