"""The sentences with which an image is refused: damaged, or whole but of a kind that is not read."""

from service.scoring.formats.signatures import kind_behind
from service.scoring.image import ImageLimits, ImageRejected, Reason

LONGEST_SIDE = 1_000_000
"""libpng's own limit."""


def damaged(found: str) -> ImageRejected:
    """An image that is not as it was sent."""
    return ImageRejected(
        Reason.UNDECODABLE, f"expected a whole image, found {found}: cut off or damaged; send the image again"
    )


def unsupported(found: str, expected: str = "one image of 8 or 16 bits per channel") -> ImageRejected:
    """A whole image with a property that is not read."""
    return ImageRejected(Reason.UNSUPPORTED_FORMAT, f"expected {expected}, found {found}; convert the image")


def check_pixels(width: int, height: int, limits: ImageLimits) -> None:
    """Refuse an image by the size that its header claims.

    Raises:
        ImageRejected: `too_large` above the limit, `undecodable` without a pixel.
    """
    if width < 1 or height < 1:
        raise damaged(f"a header of {width}x{height} pixels")
    if max(width, height) > LONGEST_SIDE:
        raise unsupported(f"{width}x{height} pixels", f"at most {LONGEST_SIDE} pixels a side")
    if width * height > limits.max_pixels:
        raise ImageRejected(
            Reason.TOO_LARGE,
            f"expected at most {limits.max_pixels} pixels, found {width}x{height}; "
            "send a smaller image or raise max_image_pixels",
        )


def check_alone(data: bytes, end: int) -> None:
    """Refuse a message with another picture behind the first, which ends at `end`: nobody would ever judge it.

    Raises:
        ImageRejected: with reason `unsupported_format`.
    """
    kind = kind_behind(data, end)
    if kind:
        raise unsupported(f"several pictures in one message, the second of them {kind}", "one image a message")
