"""What a decoded image is, its limits, and why an image is rejected."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""A decoded image: [height, width] or RGB [height, width, 3]."""


Size = tuple[int, int]
"""(height, width) in pixels."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded image, upright, as large as it was sent or made smaller while it was decoded."""

    pixels: Pixels
    size: Size
    """Before it was made smaller."""

    @classmethod
    def whole(cls, pixels: Pixels) -> "Decoded":
        """An image that was not made smaller."""
        return cls(pixels, (pixels.shape[0], pixels.shape[1]))


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
    UNREADABLE_RECORD = "unreadable_record"
    UNPUBLISHABLE = "unpublishable"


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
