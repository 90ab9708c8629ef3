"""When an image was captured."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from service.errors import Misuse
from service.send.capture_times import capture_time_rule, exif_time
from service.send.name_times import time_zone
from tests.support.found_files import imagined

WRITTEN = datetime(2026, 1, 31, 7, 30, tzinfo=UTC)
FILE = imagined("20250701_120000.png", modified_ns=round(WRITTEN.timestamp()) * 10**9)


def photographed(**tags: Any) -> bytes:
    exif = Image.Exif()
    names = {"original": 0x9003, "subseconds": 0x9291, "offset": 0x9011}
    exif.get_ifd(0x8769).update({names[name]: value for name, value in tags.items()})
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_the_time_of_the_file_is_taken_where_it_can_be() -> None:
    rule = capture_time_rule("mtime", None)
    assert rule(FILE, b"") == WRITTEN
    assert rule(imagined("x.png", modified_ns=-1), b"") is None
    assert rule(imagined("x.png", modified_ns=10**19), b"") is None
    assert rule(imagined("x.png", modified_ns=10**30), b"") is None


def test_now_is_now() -> None:
    before = datetime.now(UTC)
    found = capture_time_rule("now", None)(FILE, b"")
    assert found is not None
    assert before <= found <= datetime.now(UTC)


def test_exif_data_has_its_own_offset_or_the_given_one() -> None:
    plain = photographed(original="2025:07:01 12:00:00")
    own = photographed(original="2025:07:01 12:00:00", subseconds="25", offset="+02:00")
    assert exif_time(plain, time_zone("Europe/Berlin")) == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert exif_time(own, None) == datetime(2025, 7, 1, 10, 0, 0, 250_000, tzinfo=UTC)
    assert exif_time(plain, None) is None


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", photographed(), photographed(original="0000:00:00 00:00:00")])
def test_an_image_without_a_time_has_that_of_its_file(data: bytes) -> None:
    assert capture_time_rule("exif", UTC)(FILE, data) == WRITTEN


def test_a_name_without_a_time_has_that_of_its_file() -> None:
    rule = capture_time_rule("%Y%m%d_%H%M%S", UTC)
    assert rule(FILE, b"") == datetime(2025, 7, 1, 12, tzinfo=UTC)
    assert rule(imagined("x.png", FILE.state.modified_ns), b"") == WRITTEN


def test_a_word_that_is_no_rule_is_told() -> None:
    with pytest.raises(Misuse, match="found 'ctime'; correct it"):
        capture_time_rule("ctime", None)
