"""The pictures that are encoded: smooth enough for JPEG, unequal in every direction, and not square."""

import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH = 56, 72


def grey8(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """Uint8 [height, width]."""
    return np.rint(255 * _brightness(height, width)).astype(np.uint8)


def grey12(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint16]:
    """As a 12-bit camera writes it: values up to 4095 in uint16 [height, width]."""
    return np.rint(4095 * _brightness(height, width)).astype(np.uint16)


def grey16(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint16]:
    """All 16 bits, uint16 [height, width]."""
    return np.rint(65535 * _brightness(height, width)).astype(np.uint16)


def colour8(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """RGB uint8 [height, width, 3]."""
    return np.rint(255 * _colours(height, width)).astype(np.uint8)


def colour12(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint16]:
    """RGB values up to 4095 in uint16 [height, width, 3]."""
    return np.rint(4095 * _colours(height, width)).astype(np.uint16)


def colour16(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint16]:
    """RGB, all 16 bits, uint16 [height, width, 3]."""
    return np.rint(65535 * _colours(height, width)).astype(np.uint16)


def _brightness(height: int, width: int) -> NDArray[np.float64]:
    """A ramp with a bright disc in its upper left and ripples below, in 0.1 to 0.9."""
    y, x = np.mgrid[0:height, 0:width]
    down, right = y / height, x / width
    disc = np.exp(-((down - 0.3) ** 2 + (right - 0.25) ** 2) / 0.03)
    ripples = np.sin(8 * right) * down
    values: NDArray[np.float64] = 0.25 + 0.25 * right + 0.3 * disc + 0.1 * ripples
    return np.clip(values, 0.1, 0.9)


def _colours(height: int, width: int) -> NDArray[np.float64]:
    """Three channels that differ: the grey picture, its mirror image, and a ramp downwards."""
    grey = _brightness(height, width)
    ramp = np.broadcast_to(np.linspace(0.15, 0.6, height)[:, np.newaxis], grey.shape)
    return np.stack([grey, grey[:, ::-1] * 0.8, ramp], axis=-1)
