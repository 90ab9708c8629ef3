"""Decoding: from encoded bytes to pixels, or to the reason why not."""

import io
import os
from typing import cast

# OpenCV reads this once, at import; its warnings reach people as ImageRejected instead.
os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from service.scoring.formats.signatures import kind_of
from service.scoring.image import ImageLimits, ImageRejected, Pixels, Reason


def decode(data: bytes, limits: ImageLimits) -> Pixels:
    """Decode one JPEG, PNG, BMP or TIFF image.

    EXIF orientation is applied, palettes are expanded and an alpha channel is dropped.

    Returns:
        uint8 or uint16, [height, width] for mono and RGB [height, width, 3] for colour images.

    Raises:
        ImageRejected: with reason `empty`, `too_large`, `unsupported_format` or `undecodable`.
    """
    _check_header(data, limits)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR)
    except cv2.error:
        image = None
    if image is None:
        raise ImageRejected(
            Reason.UNDECODABLE,
            f"expected a whole image, found {len(data)} bytes that are cut off or damaged; send the image again",
        )
    if image.dtype not in (np.uint8, np.uint16):
        raise ImageRejected(
            Reason.UNSUPPORTED_FORMAT,
            f"expected 8 or 16 bits per channel, found {image.dtype}; convert the image before sending",
        )
    colour = image.ndim == 3  # noqa: PLR2004 - height, width, channels
    return cast(Pixels, cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if colour else image)


def _check_header(data: bytes, limits: ImageLimits) -> None:
    """Reject images by their header, before decoding: a few kilobytes can claim gigapixels."""
    if not data:
        raise ImageRejected(Reason.EMPTY, "expected an encoded image, found no bytes; check the producer")
    if len(data) > limits.max_bytes:
        raise ImageRejected(
            Reason.TOO_LARGE,
            f"expected at most {limits.max_bytes} bytes, found {len(data)}; "
            "send a smaller image or raise max_image_bytes",
        )
    kind = kind_of(data)
    if kind is None:
        raise ImageRejected(
            Reason.UNSUPPORTED_FORMAT,
            f"expected JPEG, PNG, BMP or TIFF, found bytes starting {data[:8].hex(' ')}; convert the image",
        )
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as header:
            width, height = header.size
            pages = getattr(header, "n_frames", 1) if kind == "TIFF" else 1
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise ImageRejected(Reason.TOO_LARGE, f"expected at most {limits.max_pixels} pixels: {bomb}") from bomb
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        OverflowError,
        KeyError,
        TypeError,
    ) as error:
        # Pillow's header readers raise any of these on damaged headers.
        raise ImageRejected(
            Reason.UNDECODABLE,
            f"expected a {kind} header, found one that cannot be read; send the image again",
        ) from error
    if width * height > limits.max_pixels:
        raise ImageRejected(
            Reason.TOO_LARGE,
            f"expected at most {limits.max_pixels} pixels, found {width}x{height}; "
            "send a smaller image or raise max_image_pixels",
        )
    if pages > 1:
        raise ImageRejected(
            Reason.UNSUPPORTED_FORMAT,
            f"expected one image, found a TIFF with {pages} pages; send one page a message",
        )
