"""Image files and their pixels: how every reader of the user's own images gets them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from service.scoring.decoding import decode, decoder
from service.scoring.files import read_file
from service.scoring.image import Decoded, ImageLimits, ImageRejected, Pixels
from service.scoring.input_spec import InputSpec

LIMITS = ImageLimits(max_bytes=1 << 30, max_pixels=1 << 28)
"""Generous: these are the user's own files, but a damaged header must not claim all memory."""


def read_image(path: Path) -> bytes:
    """Read an encoded image.

    Raises:
        OSError: naming the file, if it cannot be read; a FIFO, a device or a file of more than a GiB is not tried.
    """
    try:
        return read_file(path, LIMITS.max_bytes)
    except OSError as error:
        raise OSError(f"{path}: {error.strerror or error}") from error


def read_pixels(path: Path) -> Pixels:
    """Read and decode an image.

    Raises:
        OSError, ImageRejected: if it cannot be read.
    """
    return decode(read_image(path), LIMITS)


def pixel_digest(pixels: Pixels) -> str:
    """SHA-256 of a decoded image's shape, type and pixels: the same for one picture in any format, grey or as RGB."""
    is_grey = pixels.ndim == 3 and bool((pixels == pixels[..., :1]).all())  # noqa: PLR2004 - height, width, channels
    plain = np.ascontiguousarray(pixels[..., 0] if is_grey else pixels)
    found = hashlib.sha256(f"{plain.shape} {plain.dtype}".encode())
    found.update(plain.data)
    return found.hexdigest()


def pixels_or_none(image: bytes | Path) -> Pixels | None:
    """Decode an image, or the image in a file; None if it is unreadable or gone."""
    try:
        return read_pixels(image) if isinstance(image, Path) else decode(image, LIMITS)
    except (OSError, ImageRejected):
        return None


def decoded_or_none(image: bytes, specs: Sequence[InputSpec]) -> list[Decoded] | None:
    """Decode an image for each of `specs`; None if it is unreadable."""
    try:
        return [*map(decoder(image, LIMITS), specs)]
    except ImageRejected:
        return None
