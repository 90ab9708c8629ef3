"""EXIF orientation: which way up a camera held the picture."""

from collections.abc import Callable
from typing import cast

import numpy as np
from PIL import Image

from service.scoring.image import Pixels

_ORIENTATION = 0x0112
_SIDEWAYS = range(5, 9)

_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: image.swapaxes(0, 1)[:, ::-1],
    7: lambda image: image.swapaxes(0, 1)[::-1, ::-1],
    8: lambda image: image.swapaxes(0, 1)[::-1],
}


def orientation_of(exif: bytes) -> int:
    """The orientation, 1 to 8, in an EXIF block that begins with its TIFF header; 1 if it has none or is damaged."""
    if not exif:
        return 1
    read = Image.Exif()
    try:
        read.load(b"Exif\0\0" + exif)
        found = read.get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - Pillow raises any error on damaged EXIF data, and the pixels are whole
        return 1
    return found if isinstance(found, int) else 1


def is_turned(orientation: int) -> bool:
    """Whether height and width of an image that is made upright change places."""
    return orientation in _SIDEWAYS


def upright(image: Pixels, orientation: int) -> Pixels:
    """Turn and mirror an image [h, w] or [h, w, 3] so that it stands as it was seen; other orientations are 1."""
    turn = _TURNS.get(orientation)
    return image if turn is None else cast(Pixels, np.ascontiguousarray(turn(image)))
