"""Images, thumbnails and anomaly maps as a browser can show them."""

import base64
import binascii
import io
from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.record.messages import VerdictMessage
from service.scoring.decoding import decode
from service.scoring.graph import Prediction
from service.scoring.image import ImageLimits, ImageRejected, Pixels, Reason, Size
from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Manifest
from service.scoring.map_rendering import layer_png, to_grey, to_png
from service.scoring.preprocessing import to_uint8
from service.scoring.unscored import unscored_png
from service.scoring.window import on_image, window

THUMBNAIL_QUALITY = 95
"""Of its JPEG: lines of a few pixels stay sharp."""

THUMBNAIL_SIDE = 192
"""Longest side of a thumbnail, in pixels: sharp at half that size on a fine screen."""

_PNG_BIT_DEPTH_AT = 24
"""Byte of the bit depth in the IHDR chunk; PNG specification, section 11.2.2."""

_EIGHT_BITS = 8

_SMALL = ImageLimits(max_bytes=32 * 1024, max_pixels=512 * 512)
"""Of the map in a verdict, which has at most MAP_SIDE pixels a side."""

FindSpec = Callable[[], InputSpec | None]
"""Called only where it matters: it may have to load a bundle."""


def for_browser(image: bytes, limits: ImageLimits, find_spec: FindSpec) -> tuple[bytes, str]:
    """An encoded image and its media type: unchanged if browsers can show it, otherwise as a PNG of 8 bits.

    Args:
        image: JPEG, PNG, BMP or TIFF.
        limits: what it may cost to decode.
        find_spec: gives the bundle's, for the range of 16-bit images; without one the image's own range is shown.

    Raises:
        ImageRejected: if it cannot be decoded.
    """
    _check_size(image, limits)
    if image.startswith(b"\xff\xd8\xff"):
        return image, "image/jpeg"
    if image.startswith(b"\x89PNG") and len(image) > _PNG_BIT_DEPTH_AT and image[_PNG_BIT_DEPTH_AT] <= _EIGHT_BITS:
        return image, "image/png"
    return to_png(_to_eight_bits(decode(image, limits), find_spec)), "image/png"


def _check_size(image: bytes, limits: ImageLimits) -> None:
    """A few kilobytes can claim gigapixels, which the browser would decode."""
    try:
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG", "BMP", "TIFF")) as opened:
            pixels = opened.width * opened.height
    except Exception:  # noqa: BLE001 - Pillow raises many; decoding says what is wrong
        return
    if pixels > limits.max_pixels:
        raise ImageRejected(
            Reason.TOO_LARGE, f"expected at most {limits.max_pixels} pixels, found {pixels}; raise max_image_pixels"
        )


def thumbnail(image: bytes, limits: ImageLimits, find_spec: FindSpec) -> tuple[bytes, str]:
    """A small JPEG of an encoded image, and its media type; see `for_browser`."""
    pixels = _to_eight_bits(decode(image, limits), find_spec)
    small, stream = Image.fromarray(pixels), io.BytesIO()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    small.save(stream, "JPEG", quality=THUMBNAIL_QUALITY)
    return stream.getvalue(), "image/jpeg"


def whole_map(prediction: Prediction, manifest: Manifest, size: Size) -> bytes:
    """The anomaly map of a prediction as a PNG to lay over all of its image of this size, on the fixed scale."""
    anomaly_map = on_image(prediction.anomaly_map, size, window(size, manifest.input))
    return layer_png(to_grey(anomaly_map, manifest.calibration.pixel_threshold))


def hatched(manifest: Manifest | None, size: Size) -> bytes | None:
    """A PNG to lay over an image of this size, hatched where it is not scored; None if all of it is, or none knows."""
    return unscored_png(size, manifest.input) if manifest else None


def small_map(verdict: VerdictMessage) -> bytes | None:
    """The small anomaly map of a verdict as such a PNG; None if there is none that can be read."""
    try:
        packed = base64.b64decode(verdict.anomaly_map or "", validate=True)
    except binascii.Error:
        return None
    try:
        grey = decode(packed, _SMALL)
    except ImageRejected:
        return None
    return layer_png(cast(NDArray[np.uint8], grey)) if grey.dtype == np.uint8 and grey.ndim == 2 else None  # noqa: PLR2004 - mono


def _to_eight_bits(image: Pixels, find_spec: FindSpec) -> NDArray[np.uint8]:
    if image.dtype == np.uint8:
        return cast(NDArray[np.uint8], image)
    spec = find_spec()
    full = np.iinfo(image.dtype).max
    black, white = (spec.black, spec.white) if spec else (image.min() / full, max(1, image.max()) / full)
    return to_uint8(image, black if black < white else 0.0, white)
