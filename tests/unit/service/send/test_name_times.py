"""Times in the names of files."""

from datetime import UTC, datetime, timedelta
from pathlib import PurePath

import pytest

from service.errors import Misuse
from service.send.name_times import NameTimes, time_zone

MORNING = datetime(2026, 1, 31, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "path", "time"),
    [
        ("%Y%m%d_%H%M%S", "cam1_20260131_083000_12.jpg", MORNING),
        ("%Y-%m-%d/%H-%M-%S.%f", "line/2026-01-31/08-30-00.250.png", MORNING + timedelta(milliseconds=250)),
        ("%Y%m%dT%H%M%S%z", "img_20260131T083000+0100.png", MORNING),
        ("%Y%m%dT%H%M%S%z", "img_20260131T073000Z.png", MORNING),
        ("%y%j%H%M%S", "26031083000.png", MORNING),
        ("%d.%m.%Y %I%M %p", "31.01.2026 0830 am.png", MORNING),
        ("%s", "x_1769844600.png", MORNING),
        ("%Y%m%d%H%M%S", "99999999999999_20260131083000.png", MORNING),  # the first that can be
        ("100%%_%Y%m%d", "100%_20260131.png", datetime(2026, 1, 30, 23, tzinfo=UTC)),
    ],
)
def test_a_time_is_found_anywhere_in_the_path(pattern: str, path: str, time: datetime) -> None:
    assert NameTimes(pattern, time_zone("+01:00")).find(PurePath(path)) == time


@pytest.mark.parametrize("path", ["x.png", "20261331_000000.png", "20990101_000000.png", "19650101_000000.png"])
def test_a_time_that_is_not_there_or_cannot_be_is_none(path: str) -> None:
    assert NameTimes("%Y%m%d_%H%M%S", UTC).find(PurePath(path)) is None


def test_summer_time_follows_the_zone() -> None:
    times = NameTimes("%Y%m%d_%H%M", time_zone("Europe/Berlin"))
    summer = times.find(PurePath("20250701_1200.png"))
    winter = times.find(PurePath("20250101_1200.png"))
    assert summer is not None
    assert winter is not None
    assert (summer.astimezone(UTC).hour, winter.astimezone(UTC).hour) == (10, 11)


@pytest.mark.parametrize("pattern", ["%Q", "%H%M", "%Y%Y%m%d", "%Y%m", "%s%f", "x%"])
def test_a_pattern_that_gives_no_time_is_told(pattern: str) -> None:
    with pytest.raises(Misuse, match="expected --captured-at to be mtime, exif, now, or a pattern"):
        NameTimes(pattern, UTC)


def test_a_pattern_without_an_offset_needs_a_zone() -> None:
    with pytest.raises(Misuse, match="expected --timezone"):
        NameTimes("%Y%m%d", None)
    NameTimes("%Y%m%d%z", None)
    NameTimes("%s", None)


@pytest.mark.parametrize("wrong", ["Mars/Olympus", "+99:00", "", "/etc/passwd", "..", "a\0b"])
def test_what_is_no_zone_is_told(wrong: str) -> None:
    with pytest.raises(Misuse, match="expected --timezone to be one such as"):
        time_zone(wrong)


def test_local_is_the_zone_of_this_machine() -> None:
    noon = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - as names have it
    assert noon.replace(tzinfo=time_zone("local")).astimezone(UTC) == noon.astimezone(UTC)
    assert time_zone(None) is None
