"""Filter of near-duplicates: images that are nearly the same as an earlier one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from service.scoring.image import Pixels

SIDE = 32

SHARE = 0.1
"""Of the usual distance between two parts of the set: what is nearer is a near-duplicate. Measured on 175 to
250 normal images of each of five public sets: 0 to 7 % of them are left out, and 98 % or more of copies as JPEG."""

FEWEST = 3
"""Minimum number of images for a usual distance."""


class DuplicateFilter:
    """Compares each image with all before, as thumbnails of four kilobytes.

    Two thumbnails are compared by the Euclidean distance of their pixels. What is near depends on the line: parts in a
    fixture differ by little, so the measure is the median distance from the new image to all others. Two photographs
    of one part, a part sent twice, or one image encoded twice are far below it.
    """

    def __init__(self) -> None:
        self._pictures = np.empty((64, SIDE * SIDE), np.float32)
        self._count = 0

    def is_new(self, image: Pixels) -> bool:
        """Whether a decoded image is unlike all before; if so, it is remembered."""
        if self._is_like_another(_small(image)):
            return False
        self.remember(image)
        return True

    def remember(self, image: Pixels) -> None:
        """Add an image without asking."""
        if self._count == len(self._pictures):
            self._pictures = np.concatenate([self._pictures, np.empty_like(self._pictures)])
        self._pictures[self._count] = _small(image)
        self._count += 1

    def _is_like_another(self, picture: NDArray[np.float32]) -> bool:
        if not self._count:
            return False
        before = self._pictures[: self._count]
        squares = np.einsum("ij,ij->i", before, before) - 2.0 * before @ picture + picture @ picture
        # That sum is quick but rounded, too coarsely for the smallest distance alone.
        nearest = float(np.linalg.norm(before[squares.argmin()] - picture))
        usual = float(np.sqrt(max(0.0, float(np.median(squares)))))
        return nearest == 0.0 or (self._count >= FEWEST and nearest < SHARE * usual)


def _small(image: Pixels) -> NDArray[np.float32]:
    """A small grey picture of an image, float32 [SIDE * SIDE] around 0."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image  # noqa: PLR2004 - height, width, channels
    picture = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    centred: NDArray[np.float32] = picture - np.iinfo(image.dtype).max / 2.0
    return centred.astype(np.float32)
