"""Capture time of a photograph, from its EXIF data."""

import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

_EXIF_BLOCK, _TAKEN, _FRACTION = 0x8769, 0x9003, 0x9291


def capture_time(path: Path) -> datetime | None:
    """When a photograph was taken by the camera's own clock, without a time zone; None if the file does not say.

    The time of the file is no substitute: copying, unpacking and exporting set it anew.
    """
    try:
        exposure = _exposure(path)
        taken = datetime.strptime(str(exposure[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - it has none
        return taken + timedelta(seconds=_fraction(exposure.get(_FRACTION)))
    except Exception:  # noqa: BLE001 - Pillow raises any error on damaged EXIF data, and the pixels are whole
        return None


def _exposure(path: Path) -> Mapping[int, Any]:
    """The EXIF tags of the exposure; pixels are not read, as Pillow would where a PNG has no EXIF data before them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(path) as image:
            return image.getexif().get_ifd(_EXIF_BLOCK) if "exif" in image.info or image.format == "TIFF" else {}


def _fraction(digits: object) -> float:
    """Of a second, from its decimals."""
    text = str(digits).strip("\0 ")
    return float(f"0.{text}") if text.isdecimal() else 0.0
