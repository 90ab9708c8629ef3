"""Image formats by their first bytes, and the names of their files."""

import re
from pathlib import PurePath

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".png", ".bmp", ".dib", ".tif", ".tiff"})
"""Suffixes of image files, in lower case; they only select files in folders: the format is found by content."""

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}

_LONGEST = max(map(len, _SIGNATURES))
_NO_PADDING = re.compile(rb"[^\0]")

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "BMP": ".bmp", "TIFF": ".tif"}

_OTHERS = {
    (0, b"II+\x00"): "BigTIFF",
    (0, b"MM\x00+"): "BigTIFF",
    (0, b"GIF8"): "GIF",
    (8, b"WEBP"): "WebP",
    (0, b"\x00\x00\x00\x0cjP  "): "JPEG 2000",
    (0, b"\xff\x4f\xff\x51"): "JPEG 2000",
    (0, b"\xff\x0a"): "JPEG XL",
    (0, b"\x00\x00\x00\x0cJXL "): "JPEG XL",
    (0, b"\xff\xd8"): "a damaged start of a JPEG",
    (4, b"ftyphei"): "HEIF",
    (4, b"ftypmif1"): "HEIF",
    (4, b"ftypavif"): "AVIF",
    (0, b"%PDF"): "PDF",
    (0, b"8BPS"): "Photoshop",
    (0, b"\x76\x2f\x31\x01"): "OpenEXR",
    (0, b"SIMPLE  ="): "FITS",
    (0, b"DDS "): "DDS",
    (0, b"\x1f\x8b"): "gzip",
    (0, b"PK\x03\x04"): "ZIP",
    (0, b"\x93NUMPY"): "NumPy array",
    **{(0, b"P%d" % kind): "PNM" for kind in range(1, 7)},
    (0, b"<svg"): "SVG",
    (0, b"<?xml"): "XML",
    (0, b"data:image"): "a data: URL",
    (0, b"{"): "JSON",
}
"""Offset and bytes of formats that are not read, and what a message calls them."""


def is_image_file_name(path: PurePath) -> bool:
    """Whether a file's name is that of an image; hidden files, as macOS puts beside images (`._a.png`), are none."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def suffix(data: bytes) -> str:
    """The file suffix of this encoded image, one of IMAGE_SUFFIXES; empty if it is none."""
    return _SUFFIXES.get(kind_of(data) or "", "")


def kind_of(data: bytes) -> str | None:
    """JPEG, PNG, BMP or TIFF by the first bytes; None for anything else."""
    return next((kind for magic, kind in _SIGNATURES.items() if data.startswith(magic)), None)


def kind_behind(data: bytes, end: int) -> str | None:
    """The kind of a second picture behind the first, which ends at `end`, and zeros; None if there is none."""
    start = next((match.start() for match in _NO_PADDING.finditer(data, end)), len(data))
    return kind_of(data[start : start + _LONGEST])


def other_kind(data: bytes) -> str | None:
    """The name of a format that is not read; None for bytes that nothing is known of."""
    return next((kind for (offset, magic), kind in _OTHERS.items() if data.startswith(magic, offset)), None)
