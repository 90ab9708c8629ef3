"""Darker images, as an aging lamp makes them."""

from pathlib import Path
from typing import cast

import cv2
import numpy as np

from service.scoring.decoding import decode
from service.scoring.image import ImageLimits, Pixels

REMAINING_LIGHT = 0.9


def darken(image: Pixels) -> Pixels:
    """Every grey value times REMAINING_LIGHT; dtype and shape as given."""
    return cast(Pixels, np.rint(image * np.float64(REMAINING_LIGHT)).astype(image.dtype))


def write_darker(source: Path, target: Path) -> Path:
    """Read an image file and write it darker, as PNG.

    Raises:
        ImageRejected: if Linewatch does not take the image.
    """
    image = darken(decode(source.read_bytes(), ImageLimits()))
    target.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(target), image if image.ndim == 2 else image[..., ::-1])  # noqa: PLR2004 - height, width
    return target
