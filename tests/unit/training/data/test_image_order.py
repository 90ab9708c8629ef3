from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from training.data.capture_time import capture_time
from training.data.image_order import natural, orders, time_order

MORNING = datetime(2026, 3, 1, 6, 0, 0)  # noqa: DTZ001 - a camera's clock has no zone


def photograph(path: Path, taken: datetime | None = None) -> Path:
    exif = Image.Exif()
    exif[0x0110] = "camera"  # without a tag of the image itself Pillow writes none of the exposure
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
        exif.get_ifd(0x8769)[0x9291] = f"{taken.microsecond:06d}"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8)).save(path, exif=exif)
    return path


def test_numbers_in_names_are_ordered_as_people_count() -> None:
    names = ["part 10.png", "part 9.png", "Part 1.png", "part.png", "a/2.png", "a/10.png", "b/1.png"]
    ordered = sorted(map(Path, names), key=natural)
    assert [str(path) for path in ordered if path.parent.name == "a"] == ["a/2.png", "a/10.png"]
    assert [path.name for path in ordered if " " in path.name] == ["Part 1.png", "part 9.png", "part 10.png"]


def test_without_capture_times_there_is_the_order_of_names_alone(tmp_path: Path) -> None:
    paths = [photograph(tmp_path / f"{number}.jpg") for number in (10, 9, 11)]
    assert orders(paths) == {"file name": [1, 0, 2]}
    assert time_order(paths) == ("file name", [1, 0, 2])


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_capture_times_order_where_all_have_one(tmp_path: Path, suffix: str) -> None:
    times = [MORNING + timedelta(seconds=1.5), MORNING + timedelta(seconds=1.25), MORNING]
    paths = [photograph(tmp_path / f"{number}.{suffix}", taken) for number, taken in enumerate(times)]
    assert [capture_time(path) for path in paths] == times
    assert orders(paths) == {"capture time": [2, 1, 0], "file name": [0, 1, 2]}
    assert time_order(paths) == ("capture time", [2, 1, 0])


def test_an_order_that_names_and_times_share_counts_once(tmp_path: Path) -> None:
    paths = [photograph(tmp_path / f"{number}.jpg", MORNING + timedelta(hours=number)) for number in range(3)]
    assert orders(paths) == {"capture time": [0, 1, 2]}


def test_times_that_some_lack_or_that_are_all_one_give_no_order(tmp_path: Path) -> None:
    some = [photograph(tmp_path / "1.jpg", MORNING), photograph(tmp_path / "2.jpg")]
    same = [photograph(tmp_path / f"same {number}.jpg", MORNING) for number in range(3)]
    assert list(orders(some)) == list(orders(same)) == ["file name"]


def test_damaged_or_empty_files_have_no_capture_time(tmp_path: Path) -> None:
    damaged = photograph(tmp_path / "damaged.jpg", MORNING)
    data = damaged.read_bytes()
    damaged.write_bytes(data.replace(b"2026:03:01 06:00:00", b"2026:99:01 06:00:00"))
    empty = tmp_path / "empty.jpg"
    empty.touch()
    assert capture_time(damaged) is capture_time(empty) is capture_time(tmp_path / "gone.jpg") is None
