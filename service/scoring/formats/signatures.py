"""Image formats by their first bytes, and the suffixes of their files."""

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


def suffix(data: bytes) -> str:
    """The file suffix of this encoded image, one of IMAGE_SUFFIXES; empty if it is none."""
    return _SUFFIXES.get(kind_of(data) or "", "")


def kind_of(data: bytes) -> str | None:
    """JPEG, PNG, BMP or TIFF by the first bytes; None for anything else."""
    return next((kind for magic, kind in _SIGNATURES.items() if data.startswith(magic)), None)
