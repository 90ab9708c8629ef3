"""Painting in what is hidden, from its edge inwards: a network that learnt small holes never sees a large one."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from training.trainer.result import Image

Hidden = NDArray[np.bool_]
"""Which pixels are hidden, [height, width]."""

Paint = Callable[[Image, Hidden], Image]
"""What a network makes of an image of which pixels are hidden; all of it, as large as the image."""

RING = 8
"""Pixels that are painted in at a time, from what is seen or was painted in before."""


def painted_in(paint: Paint, image: Image, hidden: Hidden, ring: int = RING) -> Image:
    """An image with its hidden pixels painted in; all others as they were."""
    made, left = image.copy(), hidden.copy()
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * ring + 1, 2 * ring + 1))
    while left.any():
        inside = cv2.erode(left.astype(np.uint8), near, borderType=cv2.BORDER_CONSTANT, borderValue=1).astype(np.bool_)
        now = left & ~inside
        if not now.any():  # nothing is seen at all
            now = left
        made[now] = paint(made, left)[now]
        left &= ~now
    return made
