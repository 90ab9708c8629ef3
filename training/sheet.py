"""Many images as one picture."""

import numpy as np
from numpy.typing import NDArray

from service.scoring.picture import to_png

GAP = 4
"""Pixels of white between images."""


def sheet(images: NDArray[np.uint8], columns: int) -> bytes:
    """Images uint8 [n, height, width, 1 or 3] in rows of `columns`, on white, as PNG."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    page = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        page[top : top + height, left : left + width] = image
    return to_png(page if channels == 3 else page[..., 0])  # noqa: PLR2004 - RGB
