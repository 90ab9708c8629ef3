"""TIFF layouts that are read: everything else is refused by its tags, so that no pixel is guessed.

Source: Adobe, TIFF revision 6.0; Adobe Photoshop TIFF technical notes, 2002 (deflate, JPEG); libtiff's tiff.h (the
numbers of the rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from service.scoring.formats.refusals import check_pixels, damaged, unsupported
from service.scoring.formats.tiff.directory import Directory, Tag
from service.scoring.image import ImageLimits

MOST_SEGMENTS = 65_536
_HEADER = 8
"""Bytes."""


class Photometric(IntEnum):
    """What a channel's value means."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    CMYK = 5
    YCBCR = 6


PLAIN, LZW, DEFLATE, JPEG, OLD_DEFLATE, PACKBITS = 1, 5, 8, 7, 32946, 32773
_COMPRESSIONS = {PLAIN, LZW, DEFLATE, JPEG, OLD_DEFLATE, PACKBITS}
_WITH_PREDICTOR = {LZW, DEFLATE, OLD_DEFLATE}
_OTHER_COMPRESSIONS = {
    2: "CCITT fax",
    3: "CCITT fax",
    4: "CCITT fax",
    6: "old-style JPEG",
    32809: "ThunderScan",
    34676: "LogLuv",
    34677: "LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
_OTHER_PHOTOMETRICS = {4: "transparency mask", 8: "CIELAB", 9: "ICC Lab", 10: "ITU Lab", 32803: "colour filter array"}
_CHANNELS = {Photometric.RGB: 3, Photometric.CMYK: 4, Photometric.YCBCR: 3}
_WIDE = 16
_UNSIGNED = 1
_OF_STRIPS = (Tag.STRIP_OFFSETS, Tag.STRIP_BYTES)
_OF_TILES = (Tag.TILE_WIDTH, Tag.TILE_HEIGHT, Tag.TILE_OFFSETS, Tag.TILE_BYTES)
_FORMATS = {2: "signed integers", 3: "floating point", 5: "complex integers", 6: "complex floating point"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels of a TIFF are stored: in segments, that is strips over the whole width or tiles."""

    width: int
    height: int
    bits: int
    channels: int
    photometric: Photometric
    compression: int
    predictor: int
    planar: bool
    tiled: bool
    segment_width: int
    segment_height: int
    offsets: Sequence[int]
    sizes: Sequence[int]

    @property
    def extra(self) -> int:
        """Channels beside grey or colours, such as alpha."""
        return self.channels - _CHANNELS.get(self.photometric, 1)

    @property
    def across(self) -> int:
        """Segments side by side."""
        return -(-self.width // self.segment_width)

    @property
    def count(self) -> int:
        """Segments that hold the image."""
        down = -(-self.height // self.segment_height)
        return self.across * down * (self.channels if self.planar else 1)


def check_layout(tags: Directory, data: bytes, limits: ImageLimits) -> Layout:
    """The layout of a TIFF that is read.

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    width, height = tags.one(Tag.WIDTH), tags.one(Tag.HEIGHT)
    check_pixels(width, height, limits)
    bits, channels = _samples(tags)
    photometric, compression = _meaning(tags)
    planar = tags.one(Tag.PLANAR, 1)
    if planar not in (1, 2):
        raise damaged(f"a TIFF with planar configuration {planar}")
    tiled = any(tag in tags.values for tag in _OF_TILES)
    if tiled and any(tag in tags.values for tag in _OF_STRIPS):
        raise unsupported("a TIFF with tags of strips and of tiles")
    segment_width = tags.one(Tag.TILE_WIDTH) if tiled else width
    segment_height = tags.one(Tag.TILE_HEIGHT) if tiled else min(tags.one(Tag.ROWS_PER_STRIP, height), height)
    check_pixels(segment_width, segment_height, limits)
    layout = Layout(
        width=width,
        height=height,
        bits=bits,
        channels=channels,
        photometric=photometric,
        compression=compression,
        predictor=tags.one(Tag.PREDICTOR, 1) if compression in _WITH_PREDICTOR else 1,
        planar=planar == 2 and channels > 1,  # each channel by itself
        tiled=tiled,
        segment_width=segment_width,
        segment_height=segment_height,
        offsets=tags.all(Tag.TILE_OFFSETS if tiled else Tag.STRIP_OFFSETS),
        sizes=tags.all(Tag.TILE_BYTES if tiled else Tag.STRIP_BYTES),
    )
    _check_combination(layout, tags)
    _check_segments(layout, data)
    return layout


def _samples(tags: Directory) -> tuple[int, int]:
    channels = tags.one(Tag.CHANNELS, 1)
    depths = set(tags.all(Tag.BITS) or (1,))
    if len(depths) > 1:
        raise unsupported("a TIFF whose channels have different numbers of bits")
    (bits,) = depths
    if bits not in (1, 2, 4, 8, 16):
        raise unsupported(f"a TIFF of {bits} bits per channel")
    formats = set(tags.all(Tag.SAMPLE_FORMAT)) - {_UNSIGNED, 4}  # 4: not said
    if formats:
        kind = formats.pop()
        raise unsupported(f"a TIFF of {_FORMATS.get(kind, f'sample format {kind}')}", "unsigned integers")
    return bits, channels


def _meaning(tags: Directory) -> tuple[Photometric, int]:
    compression = tags.one(Tag.COMPRESSION, PLAIN)
    if compression not in _COMPRESSIONS:
        name = _OTHER_COMPRESSIONS.get(compression, f"number {compression}")
        raise unsupported(f"a TIFF with compression {name}", "no compression, LZW, deflate, PackBits or JPEG")
    found = tags.one(Tag.PHOTOMETRIC)
    if found not in set(Photometric):
        raise unsupported(f"a TIFF of colour kind {_OTHER_PHOTOMETRICS.get(found, f'number {found}')}")
    return Photometric(found), compression


def _check_combination(layout: Layout, tags: Directory) -> None:
    """Refuse what single tags allow and no decoder at hand reads right in this combination."""
    what = f"a TIFF of {layout.channels} channels of {layout.bits} bits, {layout.photometric.name.lower()}"
    jpeg, wide, narrow = layout.compression == JPEG, layout.bits == _WIDE, layout.bits < 8
    alone = layout.photometric in (Photometric.PALETTE, Photometric.CMYK, Photometric.YCBCR)
    if not 0 <= layout.extra <= (0 if alone or jpeg or narrow else 1):
        raise unsupported(what + (" in JPEG compression" if jpeg else ""))
    if layout.photometric is Photometric.CMYK and tags.one(Tag.INK_SET, 1) != 1:
        raise unsupported("a TIFF of inks other than cyan, magenta, yellow and black")
    if layout.photometric is Photometric.YCBCR and not jpeg:
        raise unsupported("a TIFF in YCbCr without JPEG compression")
    if jpeg and (layout.planar or layout.bits != 8 or layout.photometric in (Photometric.PALETTE, Photometric.CMYK)):
        raise unsupported(f"{what} in JPEG compression")
    if wide and layout.planar:
        raise unsupported("a TIFF of 16 bits with its channels apart (PlanarConfiguration 2)")
    if wide and (alone or (layout.extra and layout.photometric is not Photometric.RGB)):
        raise unsupported(what)
    if tags.one(Tag.FILL_ORDER, 1) != 1 and not jpeg:
        raise unsupported("a TIFF whose bits stand in reverse (FillOrder 2)")
    if layout.predictor > (1 if narrow else 2):
        raise unsupported(f"a TIFF of {layout.bits} bits with predictor {layout.predictor}")
    if layout.photometric is Photometric.PALETTE and len(tags.all(Tag.COLOUR_MAP)) != 3 << layout.bits:
        raise damaged("a TIFF with an incomplete colour map")


def _check_segments(layout: Layout, data: bytes) -> None:
    """Refuse segments that are missing, beyond the file, or too short for their pixels."""
    if max(len(layout.offsets), layout.count) > MOST_SEGMENTS:
        raise unsupported(f"a TIFF of more than {MOST_SEGMENTS} strips or tiles")
    if len(layout.offsets) < layout.count or len(layout.sizes) < layout.count:
        raise damaged(f"a TIFF with {len(layout.offsets)} of {layout.count} strips or tiles")
    samples = layout.segment_width * (1 if layout.planar else layout.channels)
    row_bytes = (samples * layout.bits + 7) // 8
    down = -(-layout.height // layout.segment_height)
    for index in range(layout.count):
        offset, size = layout.offsets[index], layout.sizes[index]
        below = layout.height - index // layout.across % down * layout.segment_height
        rows = layout.segment_height if layout.tiled else min(layout.segment_height, below)
        if size == 0 or offset < _HEADER or offset + size > len(data):
            raise damaged("a TIFF with pixels beyond its end or within its header")
        if layout.compression == PLAIN and size < rows * row_bytes:
            raise damaged("a TIFF with fewer pixels than its tags say")
