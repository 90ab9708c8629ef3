"""A TIFF with the same pixels and no tags but those that were checked, for the decoders."""

import struct

from service.scoring.formats.tiff.directory import Tag
from service.scoring.formats.tiff.layout import Layout, Photometric

_SHORT, _LONG = 3, 4


def plain_tiff(data: bytes, layout: Layout) -> bytes:
    """The file with a directory of our own behind its end; the old one is left where it was, and nobody looks at it.

    Palettes and white-is-zero are declared as grey, and any alpha as a channel without meaning: the decoder gives
    the values as they are stored.
    """
    order = "<" if data.startswith(b"II") else ">"
    entries, start = b"", len(data) + len(data) % 2
    fields = _fields(layout)
    place = start + 2 + 12 * len(fields) + 4
    arrays = b""
    for tag, kind, values in fields:
        packed = struct.pack(f"{order}{len(values)}{'H' if kind == _SHORT else 'I'}", *values)
        if len(packed) > 4:  # bytes in the entry itself
            arrays, packed = arrays + packed, struct.pack(order + "I", place + len(arrays))
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    head = data[:4] + struct.pack(order + "I", start)
    directory = struct.pack(order + "H", len(fields)) + entries + bytes(4)
    return b"".join([head, memoryview(data)[8:], bytes(start - len(data)), directory, arrays])


def _fields(layout: Layout) -> list[tuple[Tag, int, tuple[int, ...]]]:
    """Tag, type and values, ascending by tag."""
    grey = layout.photometric in (Photometric.WHITE_IS_ZERO, Photometric.PALETTE)
    fields = [
        (Tag.WIDTH, _LONG, (layout.width,)),
        (Tag.HEIGHT, _LONG, (layout.height,)),
        (Tag.BITS, _SHORT, (layout.bits,) * layout.channels),
        (Tag.COMPRESSION, _SHORT, (layout.compression,)),
        (Tag.PHOTOMETRIC, _SHORT, (Photometric.BLACK_IS_ZERO if grey else layout.photometric,)),
        (Tag.CHANNELS, _SHORT, (layout.channels,)),
        (Tag.PLANAR, _SHORT, (2 if layout.planar else 1,)),
        (Tag.PREDICTOR, _SHORT, (layout.predictor,)),
    ]
    offsets, sizes = tuple(layout.offsets[: layout.count]), tuple(layout.sizes[: layout.count])
    if layout.tiled:
        fields += [
            (Tag.TILE_WIDTH, _LONG, (layout.segment_width,)),
            (Tag.TILE_HEIGHT, _LONG, (layout.segment_height,)),
            (Tag.TILE_OFFSETS, _LONG, offsets),
            (Tag.TILE_BYTES, _LONG, sizes),
        ]
    else:
        fields += [
            (Tag.STRIP_OFFSETS, _LONG, offsets),
            (Tag.ROWS_PER_STRIP, _LONG, (layout.segment_height,)),
            (Tag.STRIP_BYTES, _LONG, sizes),
        ]
    if layout.extra:
        fields.append((Tag.EXTRA_CHANNELS, _SHORT, (0,)))
    return sorted(fields)
