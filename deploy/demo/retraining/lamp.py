"""The lamp ages: every picture is a tenth darker."""

from pathlib import Path
from typing import cast

import cv2
import numpy as np

from service.scoring.image import ImageLimits, Pixels, decode

LEFT = 0.9
"""Of the light; the drift bench's `lamp -10 %` is the same."""


def darken(image: Pixels) -> Pixels:
    """Every grey value times LEFT; dtype and shape as given."""
    return cast(Pixels, np.rint(image * np.float64(LEFT)).astype(image.dtype))


def write_darker(source: Path, target: Path) -> Path:
    """Reads an image file and writes it darker, as PNG.

    Raises:
        ImageRejected: it is no image that Linewatch takes.
    """
    image = darken(decode(source.read_bytes(), ImageLimits()))
    target.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(target), image if image.ndim == 2 else image[..., ::-1])  # noqa: PLR2004 - height, width
    return target
