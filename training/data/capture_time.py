"""Capture time of a photograph, from its EXIF data."""

from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

_EXIF_BLOCK, _TAKEN, _FRACTION = 0x8769, 0x9003, 0x9291


def capture_time(path: Path) -> datetime | None:
    """When a photograph was taken by the camera's own clock, without a time zone; None if the file does not say.

    The time of the file is no substitute: copying, unpacking and exporting set it anew.
    """
    try:
        with Image.open(path) as image:
            exif = image.getexif().get_ifd(_EXIF_BLOCK)
        taken = datetime.strptime(str(exif[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - it has none
        return taken + timedelta(seconds=_fraction(exif.get(_FRACTION)))
    except Exception:  # noqa: BLE001 - Pillow raises any error on damaged EXIF data, and the pixels are whole
        return None


def _fraction(digits: object) -> float:
    """Of a second, from its decimals."""
    text = str(digits).strip("\0 ")
    return float(f"0.{text}") if text.isdecimal() else 0.0
