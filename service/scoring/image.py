"""Decoding and preprocessing: from encoded bytes to the pixels a graph takes."""

import io
import os
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import cast

# OpenCV reads this once, at import; its warnings reach people as ImageRejected instead.
os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from service.scoring.manifest import InputSpec

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""A decoded image: [height, width] or RGB [height, width, 3]."""

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})
"""Suffixes of image files, in lower case; they only select files in folders: the format is found by content."""

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "BMP": ".bmp", "TIFF": ".tif"}


class Reason(StrEnum):
    """Why an image gets a dead letter instead of a verdict."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNDECODABLE = "undecodable"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNKNOWN_STREAM = "unknown_stream"
    BAD_HEADER = "bad_header"
    WRONG_BIT_DEPTH = "wrong_bit_depth"
    UNSCORABLE = "unscorable"


class ImageRejected(ValueError):  # noqa: N818 - a rejected image is an outcome, not an error
    """An image that cannot be scored, now or on any retry; the message says what was expected and found."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest image: encoded size in bytes and decoded size in pixels, both checked before decoding."""

    max_bytes: int = 16 * 1024 * 1024
    max_pixels: int = 50_000_000


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


def suffix(data: bytes) -> str:
    """The file suffix of this encoded image, one of IMAGE_SUFFIXES; empty if it is none."""
    return _SUFFIXES.get(_kind(data) or "", "")


def preprocess(image: Pixels, spec: InputSpec) -> NDArray[np.uint8]:
    """Convert a decoded image to a graph's input: channels, size, range.

    Args:
        image: uint8 or uint16, [h, w] or RGB [h, w, 3].
        spec: what the graph takes.

    Returns:
        uint8 [spec.height, spec.width, spec.channels].
    """
    if image.ndim == 2 and spec.channels == 3:  # noqa: PLR2004 - mono image, colour graph
        image = cast(Pixels, cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))
    elif image.ndim == 3 and spec.channels == 1:  # noqa: PLR2004 - colour image, mono graph
        image = cast(Pixels, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    shrinks = image.shape[0] * image.shape[1] > spec.height * spec.width
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cast(Pixels, cv2.resize(image, (spec.width, spec.height), interpolation=interpolation))
    return to_uint8(resized, spec.black, spec.white).reshape(spec.height, spec.width, spec.channels)


def to_uint8(image: Pixels, black: float, white: float) -> NDArray[np.uint8]:
    """Map an image's range to 8 bits: `black` becomes 0, `white` 255, and values beyond them are clipped.

    Args:
        image: uint8 or uint16, any shape.
        black: a fraction of the image's full scale (255 or 65535).
        white: likewise, above `black`.

    Returns:
        uint8, of the same shape; an 8-bit image with black 0 and white 1 is returned itself.
    """
    if image.dtype == np.uint8 and black == 0.0 and white == 1.0:
        return image  # type: ignore[return-value] # narrowed by the dtype test
    return _range_table(np.iinfo(image.dtype).max, black, white)[image]


def brightness(preprocessed: NDArray[np.uint8]) -> float:
    """The mean grey value of preprocessed pixels [height, width, channels], over all channels: 0 to 255."""
    return cv2.mean(preprocessed.reshape(preprocessed.shape[0], -1))[0]  # seven times as fast as NumPy's


def _kind(data: bytes) -> str | None:
    return next((kind for magic, kind in _SIGNATURES.items() if data.startswith(magic)), None)


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
    kind = _kind(data)
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


@lru_cache(maxsize=64)
def _range_table(full_scale: int, black: float, white: float) -> NDArray[np.uint8]:
    """Maps every pixel value to uint8 so that `black` (a fraction of full scale) is 0 and `white` is 255."""
    values = np.arange(full_scale + 1, dtype=np.float64) / full_scale
    return np.round(np.clip((values - black) / (white - black), 0.0, 1.0) * 255.0).astype(np.uint8)
