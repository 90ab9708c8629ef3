"""Images small enough for a page, as data URIs."""

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from service.scoring.map_rendering import to_png

GAP = 4
"""Pixels of white between images."""

TILE_SIDE = 200
QUALITY = 90


def picture(pixels: NDArray[np.uint8], side: int = TILE_SIDE) -> str:
    """uint8 [height, width, 1 or 3], no larger than `side`, as a data URI."""
    return jpeg(shrunk(pixels, side))


def shrunk(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """uint8 [height, width, 1 or 3] with no side longer than this."""
    scale = side / max(pixels.shape[:2])
    if scale >= 1.0:
        return pixels
    width, height = (max(1, round(length * scale)) for length in (pixels.shape[1], pixels.shape[0]))
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8).reshape(height, width, -1)


def jpeg(pixels: NDArray[np.uint8]) -> str:
    """uint8 [height, width, 1 or 3] as a data URI: a fifth of a PNG's size, and the report travels with the bundle."""
    return uri(cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes(), "jpeg")


def uri(data: bytes, kind: str = "png") -> str:
    """The bytes of an image as a data URI."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def sheet(images: NDArray[np.uint8], columns: int) -> bytes:
    """Images uint8 [n, height, width, 1 or 3] in rows of `columns`, on white, as PNG."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    page = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        page[top : top + height, left : left + width] = image
    return to_png(page if channels == 3 else page[..., 0])  # noqa: PLR2004 - RGB
