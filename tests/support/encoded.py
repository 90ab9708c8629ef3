"""Encoded images, whole and damaged, for tests of decoding."""

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile

from service.scoring.decoding import decode
from service.scoring.image import ImageLimits, ImageRejected, Reason

LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=100_000)


def noise(shape: tuple[int, ...], dtype: type = np.uint8, bits: int | None = None) -> np.ndarray:
    top = np.iinfo(dtype).max if bits is None else (1 << bits) - 1
    return np.random.default_rng(1).integers(0, top, shape, dtype, endpoint=True)


def surface(height: int = 64, width: int = 96, channels: int = 3) -> np.ndarray:
    """A picture that compresses like a photograph: uint8 [height, width, channels]; [height, width] for one channel."""
    grain = np.random.default_rng(2).normal(0, 400, (height, width, channels))
    smooth = cv2.GaussianBlur(grain, (0, 0), 3.0)
    return np.clip(128 + smooth, 0, 255).astype(np.uint8)


def photograph(height: int, width: int, channels: int = 3) -> np.ndarray:
    """A picture with structure of all sizes, as of natural surfaces, and a sensor's noise; otherwise as `surface`."""
    random = np.random.default_rng(3)
    down, across = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    fall = 1 / np.maximum(np.hypot(down, across), 1 / max(height, width))
    grain = random.standard_normal((height, width, 1)) + 0.3 * random.standard_normal((height, width, channels))
    shape: np.ndarray = np.fft.ifft2(np.fft.fft2(grain, axes=(0, 1)) * fall[..., np.newaxis], axes=(0, 1)).real
    picture = 128 + 45 * shape / shape.std() + random.normal(0, 3, shape.shape)
    whole: np.ndarray = np.clip(picture, 0, 255).astype(np.uint8)
    return whole


def encoded(extension: str, image: np.ndarray, *options: int) -> bytes:
    return cv2.imencode(extension, image, options)[1].tobytes()


def tiff(image: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, image, **{"metadata": None, **options})
    return stream.getvalue()


def with_tag(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with another value of one tag that has a single value."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    changed = bytearray(data)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        found, kind, number = struct.unpack_from("<HHI", data, entry)
        if found == tag:
            assert number == 1
            struct.pack_into("<H" if kind == 3 else "<I", changed, entry + 8, value)
            return bytes(changed)
    raise AssertionError(f"no tag {tag}")


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """One chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def refused(data: bytes, reason: Reason, limits: ImageLimits = LIMITS) -> str:
    """The message with which an image is refused for this reason."""
    with pytest.raises(ImageRejected) as rejected:
        decode(data, limits)
    assert rejected.value.reason == reason, str(rejected.value)
    return str(rejected.value)
