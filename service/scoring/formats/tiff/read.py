"""TIFF pixels: by libjpeg-turbo for JPEG, and else by Pillow; each reports damage there."""

import numpy as np
from numpy.typing import NDArray

from service.scoring.formats.jpeg import decompress, walk_markers
from service.scoring.formats.orientation import upright
from service.scoring.formats.pillow import stored, wide_colour
from service.scoring.formats.refusals import check_alone, damaged
from service.scoring.formats.tiff.directory import Directory, Tag, read_directory
from service.scoring.formats.tiff.layout import JPEG, Layout, Photometric, check_layout
from service.scoring.formats.tiff.plain import plain_tiff
from service.scoring.image import ImageLimits, Pixels

_JFIF = b"\xff\xd8\xff\xe0\x00\x10JFIF"
"""The start of a JPEG whose colours are YCbCr."""
_ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
"""The start of a segment that says, in one byte more, whether a JPEG's colours are YCbCr."""


def read_tiff(data: bytes, limits: ImageLimits) -> Pixels:
    """Decode a TIFF of one page: uint8 or uint16, [h, w] or RGB [h, w, 3], upright by its tag.

    The decoder sees the tags alone that were checked: what else a file holds neither changes its pixels nor costs
    anything.

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    tags, layout = check_tiff(data, limits)
    if layout.compression == JPEG:
        values: Pixels = _from_jpeg(data, layout, bytes(tags.all(Tag.JPEG_TABLES)), limits)
    elif layout.bits == 16 and layout.channels > 1:
        values = wide_colour(plain_tiff(data, layout), "TIFF")
    else:
        values = stored(plain_tiff(data, layout), "TIFF")
    return upright(_colours(values, layout, tags), tags.one(Tag.ORIENTATION, 1))


def check_tiff(data: bytes, limits: ImageLimits) -> tuple[Directory, Layout]:
    """The tags and the layout of a TIFF that is read, or a refusal.

    Raises:
        ImageRejected: as `read_tiff`.
    """
    tags = read_directory(data)
    layout = check_layout(tags, data, limits)
    segments = zip(layout.offsets, layout.sizes, strict=False)
    check_alone(data, max(tags.end, *(offset + size for offset, size in segments)))
    return tags, layout


def _from_jpeg(data: bytes, layout: Layout, tables: bytes, limits: ImageLimits) -> NDArray[np.uint8]:
    """Decode each strip or tile as a JPEG of its own."""
    shape = (layout.height, layout.width, layout.channels)[: 3 if layout.channels > 1 else 2]
    pixels = np.empty(shape, np.uint8)
    adobe = _ADOBE + bytes([layout.photometric is Photometric.YCBCR]) if layout.channels > 1 else b""
    for index in range(layout.count):
        offset, size = layout.offsets[index], layout.sizes[index]
        _check_colours(data[offset : offset + size], layout)
        segment = b"\xff\xd8" + adobe + tables[2:-2] + data[offset + 2 : offset + size]
        if walk_markers(segment, limits).components != layout.channels:
            raise damaged("a TIFF whose JPEG data has other channels than its tags say")
        part = decompress(segment, layout.channels)
        top, left = index // layout.across * layout.segment_height, index % layout.across * layout.segment_width
        target = pixels[top : top + layout.segment_height, left : left + layout.segment_width]
        if part.shape[0] < target.shape[0] or part.shape[1] < target.shape[1]:
            raise damaged("a TIFF whose JPEG data has fewer pixels than its tags say")
        target[...] = part[: target.shape[0], : target.shape[1]]
    return pixels


def _check_colours(segment: bytes, layout: Layout) -> None:
    """Refuse a JPEG that says itself, by a JFIF or Adobe marker, that its colours are others than the tags say."""
    if layout.channels == 1:
        return
    is_ycbcr = layout.photometric is Photometric.YCBCR
    adobe = segment.find(_ADOBE[:9])
    says = [True] if segment.startswith(_JFIF) else []
    says += [segment[adobe + 15 : adobe + 16] != b"\0"] if adobe >= 0 else []
    if any(each is not is_ycbcr for each in says):
        raise damaged("a TIFF whose JPEG data has other colours than its tags say")


def _colours(values: Pixels, layout: Layout, tags: Directory) -> Pixels:
    """Grey or RGB, from what is stored."""
    match layout.photometric:
        case Photometric.WHITE_IS_ZERO:
            return ~values
        case Photometric.PALETTE:
            entries = np.asarray(tags.all(Tag.COLOUR_MAP)).reshape(3, -1)
            narrow = int(entries.max()) <= np.iinfo(np.uint8).max  # as old writers do
            table = (entries if narrow else entries >> 8).astype(np.uint8).T
            steps = 255 // ((1 << layout.bits) - 1)
            return np.ascontiguousarray(table[values // steps])
        case Photometric.CMYK:
            ink = (~values).astype(np.uint16)
            ink[..., :3] *= ink[..., 3:]
            ink[..., :3] //= 255
            return ink[..., :3].astype(np.uint8)
        case _:
            return values
