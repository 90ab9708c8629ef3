"""Changes of lamp, lens, fixture and material, applied to images of good parts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.retraining.lamp import darken

Image = NDArray[np.uint8]

BLUR_PIXELS = 1.0
SHIFT_PIXELS = 3
GRAIN_CONTRAST, GRAIN_PIXELS = 0.04, 1.5


def lamp(image: Image, rng: np.random.Generator) -> Image:
    """The lamp lost a tenth of its light."""
    del rng
    return cast(Image, darken(image))


def focus(image: Image, rng: np.random.Generator) -> Image:
    """The lens is a little out of focus."""
    del rng
    return _shaped(cv2.GaussianBlur(image, (0, 0), BLUR_PIXELS), image)


def position(image: Image, rng: np.random.Generator) -> Image:
    """The fixture moved to the right; at the left border its pixels are repeated."""
    del rng
    height, width = image.shape[:2]
    move = np.array([[1, 0, SHIFT_PIXELS], [0, 1, 0]], np.float32)
    return _shaped(cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REPLICATE), image)


def texture(image: Image, rng: np.random.Generator) -> Image:
    """Stands in for another batch of material: each part has a fine grain of its own on its surface."""
    noise = cv2.GaussianBlur(rng.standard_normal(image.shape[:2], np.float32), (0, 0), GRAIN_PIXELS)
    grain = 1 + GRAIN_CONTRAST * noise / noise.std()
    return _to_uint8(image * grain[..., np.newaxis])


CHANGES: Mapping[str, Callable[[Image, np.random.Generator], Image]] = MappingProxyType(
    {
        "lamp -10 %": lamp,
        "focus: blur 1 px": focus,
        "position: 3 px": position,
        "another texture": texture,
    }
)
"""Each takes and returns uint8 [height, width, channels]; pixels are those of the graph's input."""


def _to_uint8(image: NDArray[np.floating]) -> Image:
    levels: Image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return levels


def _shaped(image: np.ndarray, like: Image) -> Image:
    """OpenCV drops the axis of a single channel."""
    shaped: Image = image.reshape(like.shape)
    return shaped
