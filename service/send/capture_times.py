"""When an image was captured, by its file's time, its EXIF data, its name, or the time of sending."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import PurePath

from PIL import Image

from service.errors import Misuse
from service.record.soundness import EARLIEST
from service.send.files import FoundFile
from service.send.name_times import NameTimes, is_possible

CaptureTime = Callable[[FoundFile, bytes], datetime | None]
"""From a file and its bytes to the time of capture; None if there is none that is possible."""

_EXIF_IFD = 0x8769
_ORIGINAL, _SUBSECONDS, _OFFSET = 0x9003, 0x9291, 0x9011


def capture_time_rule(text: str, zone: tzinfo | None) -> CaptureTime:
    """The rule that `--captured-at` names: `mtime`, `exif`, `now`, or a pattern for the path.

    Where EXIF data or name give no time that can be, it is the file's.

    Raises:
        Misuse: if it is none of these.
    """
    if text == "now":
        return lambda _file, _data: datetime.now(UTC)
    if text == "mtime":
        return _modified
    if text == "exif":
        return lambda file, data: _first_possible(exif_time(data, zone)) or _modified(file, data)
    if "%" not in text:
        raise Misuse(
            f"expected --captured-at to be mtime, exif, now, or a pattern such as '%Y%m%d_%H%M%S', found {text!r}; "
            "correct it"
        )
    times = NameTimes(text, zone)
    return lambda file, data: times.find(PurePath(file.below)) or _modified(file, data)


def _modified(file: FoundFile, _data: bytes) -> datetime | None:
    try:
        return _first_possible(EARLIEST + timedelta(microseconds=file.state.modified_ns // 1000))
    except OverflowError:
        return None


def _first_possible(time: datetime | None) -> datetime | None:
    return time if time is not None and is_possible(time) else None


def exif_time(data: bytes, zone: tzinfo | None) -> datetime | None:
    """DateTimeOriginal of an encoded image, with its own offset or else in `zone`; None if it has none, or no zone."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            tags = image.getexif().get_ifd(_EXIF_IFD)
        digits = "".join(each for each in str(tags.get(_SUBSECONDS, "")) if each.isdigit())[:6] or "0"
        time = datetime.strptime(  # noqa: DTZ007 - the zone follows
            f"{_text(tags.get(_ORIGINAL))} {digits}", "%Y:%m:%d %H:%M:%S %f"
        )
        offset = _text(tags.get(_OFFSET))
        if offset:
            zone = datetime.strptime(offset, "%z").tzinfo
    except Exception:  # noqa: BLE001 - Pillow raises any error on damaged EXIF data, and the pixels are whole
        return None
    return None if zone is None else time.replace(tzinfo=zone)


def _text(value: object) -> str:
    text = value.decode("ascii", "ignore") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 ")
