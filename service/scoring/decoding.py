"""Decoding: from encoded bytes to pixels, or to the reason why not."""

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from service.scoring.formats.bmp import check_bmp, read_bmp
from service.scoring.formats.jpeg import read_jpeg, walk_markers
from service.scoring.formats.png import read_png, walk_chunks
from service.scoring.formats.signatures import kind_of, other_kind
from service.scoring.formats.tiff.read import check_tiff, read_tiff
from service.scoring.image import Decoded, ImageLimits, ImageRejected, Pixels, Reason, Size
from service.scoring.reduction import least_size

if TYPE_CHECKING:  # decoding processes do without pydantic, a third of their memory and imports
    from service.scoring.input_spec import InputSpec

_READERS: dict[str, Callable[[bytes, ImageLimits], Pixels]] = {
    "PNG": read_png,
    "BMP": read_bmp,
    "TIFF": read_tiff,
}

_CHECKS: dict[str, Callable[[bytes, ImageLimits], object]] = {
    "JPEG": walk_markers,
    "PNG": walk_chunks,
    "BMP": check_bmp,
    "TIFF": check_tiff,
}


def decode(data: bytes, limits: ImageLimits) -> Pixels:
    """Decode one JPEG, PNG, BMP or TIFF image: right pixels, or a refusal.

    The header is checked first: what no decoder reads right is refused by it, and a few kilobytes can claim
    gigapixels. EXIF orientation is applied, palettes are expanded and an alpha channel is dropped.

    Returns:
        uint8 or uint16, [height, width] for mono and RGB [height, width, 3] for colour images.

    Raises:
        ImageRejected: with reason `empty`, `too_large`, `unsupported_format` or `undecodable`.
    """
    return _decode(data, limits, None).pixels


def decode_for(data: bytes, limits: ImageLimits, spec: "InputSpec") -> Decoded:
    """Decode one image as `decode`, a JPEG no larger than a graph's input asks for: by half, a quarter or an eighth.

    Raises:
        ImageRejected: as `decode`.
    """
    return decoder(data, limits)(spec)


def decoder(data: bytes, limits: ImageLimits) -> Callable[["InputSpec"], Decoded]:
    """`decode_for` for several graphs: what they want in the same way is decoded once."""
    once = cache(partial(_decode, data, limits))
    return lambda spec: once(_least(data, spec))


def _least(data: bytes, spec: "InputSpec") -> Size | None:
    """How small an image may become while it is decoded; None where it does not."""
    if spec.margin is None or kind_of(data) != "JPEG":
        return None
    return least_size(spec, spec.margin)


def _decode(data: bytes, limits: ImageLimits, least: Size | None) -> Decoded:
    kind = _kind(data, limits)
    return read_jpeg(data, limits, least) if kind == "JPEG" else Decoded.whole(_READERS[kind](data, limits))


def check_image(data: bytes, limits: ImageLimits) -> None:
    """Refuse what cannot be an image, without decoding pixels: by its size, its format, its header and its end.

    Whatever is refused here, `decode` refuses with the same words; what passes may still be damaged inside.

    Raises:
        ImageRejected: as `decode`.
    """
    _CHECKS[_kind(data, limits)](data, limits)


def _kind(data: bytes, limits: ImageLimits) -> str:
    check_bytes(data, limits)
    kind = kind_of(data)
    if kind is None:
        found = other_kind(data) or "bytes"
        raise ImageRejected(
            Reason.UNSUPPORTED_FORMAT,
            f"expected JPEG, PNG, BMP or TIFF, found {found} starting {data[:8].hex(' ')}; convert the image",
        )
    return kind


def check_bytes(data: bytes, limits: ImageLimits) -> None:
    """Refuse no bytes and too many.

    Raises:
        ImageRejected: with reason `empty` or `too_large`.
    """
    check_size(len(data), limits)


def check_size(size: int, limits: ImageLimits) -> None:
    """The same, of a number of bytes that need not be read for it."""
    if not size:
        raise ImageRejected(Reason.EMPTY, "expected an encoded image, found no bytes; check the producer")
    if size > limits.max_bytes:
        raise ImageRejected(
            Reason.TOO_LARGE,
            f"expected at most {limits.max_bytes} bytes, found {size}; send a smaller image or raise max_image_bytes",
        )
