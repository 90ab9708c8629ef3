"""Painting in what is hidden: a rough guess from its edge, and in its place what an autoencoder makes of it."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from training.trainer.result import Image

Hidden = NDArray[np.bool_]
"""Which pixels are hidden, [height, width]."""

ROUNDS = 3
"""Times that what is hidden is replaced. More of them helps one autoencoder and harms another."""

EDGE = 3
"""Pixels around each hidden one that the first guess is made of."""


def painted_in(reconstruct: Callable[[Image], Image], image: Image, hidden: Hidden) -> Image:
    """An image whose hidden pixels are as the autoencoder would have them among those that are seen; these stay.

    The first guess is Telea's, "An Image Inpainting Technique Based on the Fast Marching Method", J. Graphics Tools
    (2004): a network that was shown a hole would answer with what it was never fitted on.
    """
    guess = cv2.inpaint(np.ascontiguousarray(image), hidden.astype(np.uint8), EDGE, cv2.INPAINT_TELEA)
    made = np.asarray(guess, np.uint8).reshape(image.shape)
    for _ in range(ROUNDS):
        made = np.where(hidden[..., np.newaxis], reconstruct(made), image)
    return made
