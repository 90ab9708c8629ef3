"""Images as a browser can show them."""

from collections.abc import Callable
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from service.scoring.anomaly_map import to_png
from service.scoring.image import ImageLimits, Pixels, decode, preprocess
from service.scoring.manifest import InputSpec

THUMBNAIL_SIDE = 192
"""Longest side of a thumbnail, in pixels: sharp at half that size on a fine screen."""

_PNG_BIT_DEPTH_AT = 24
"""Where the IHDR chunk says it; PNG specification, section 11.2.2."""

_EIGHT_BITS = 8

FindSpec = Callable[[], InputSpec | None]
"""Asked only where it matters: it may have to load a bundle."""


def for_browser(image: bytes, limits: ImageLimits, find_spec: FindSpec) -> tuple[bytes, str]:
    """An encoded image as it is if browsers know it, otherwise as a PNG of 8 bits; and its media type.

    Args:
        image: JPEG, PNG, BMP or TIFF.
        limits: what it may cost to decode.
        find_spec: gives the bundle's, for the range of 16-bit images; without one the image's own range is shown.

    Raises:
        ImageRejected: if it cannot be decoded.
    """
    if image.startswith(b"\xff\xd8\xff"):
        return image, "image/jpeg"
    if image.startswith(b"\x89PNG") and len(image) > _PNG_BIT_DEPTH_AT and image[_PNG_BIT_DEPTH_AT] <= _EIGHT_BITS:
        return image, "image/png"
    return to_png(_in_eight_bits(decode(image, limits), find_spec)), "image/png"


def thumbnail(image: bytes, limits: ImageLimits, find_spec: FindSpec) -> tuple[bytes, str]:
    """A small JPEG of an encoded image, and its media type; see `for_browser`."""
    pixels = _in_eight_bits(decode(image, limits), find_spec)
    scale = min(1.0, THUMBNAIL_SIDE / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ordered = small[..., ::-1] if small.ndim == 3 else small  # noqa: PLR2004 - RGB to OpenCV's BGR
    return cv2.imencode(".jpg", ordered)[1].tobytes(), "image/jpeg"


def _in_eight_bits(image: Pixels, find_spec: FindSpec) -> NDArray[np.uint8]:
    if image.dtype == np.uint8:
        return cast(NDArray[np.uint8], image)
    spec = find_spec()
    full = np.iinfo(image.dtype).max
    black, white = (spec.black, spec.white) if spec else (image.min() / full, max(1, image.max()) / full)
    if white <= black:
        black = 0.0
    height, width = image.shape[:2]
    channels = 1 if image.ndim == 2 else 3  # noqa: PLR2004 - mono
    wanted = {"height": height, "width": width, "channels": channels, "black": black, "white": white}
    return preprocess(image, InputSpec(height=8, width=8, channels=1).model_copy(update=wanted))
