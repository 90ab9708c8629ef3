"""Grey: what is compared of an image, whatever its colour mode."""

import numpy as np
from numpy.typing import NDArray


def grey(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over channels, [height, width], of [height, width] or [height, width, channels]."""
    return pixels if pixels.ndim == 2 else pixels.mean(axis=2)  # noqa: PLR2004 - height, width, channels
