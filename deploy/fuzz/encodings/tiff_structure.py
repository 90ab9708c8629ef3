"""TIFF with several pictures, thumbnails, odd structure, and damage."""

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import tifffile

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.encoding import DAMAGED, EITHER, PIXELS, UNSUPPORTED, Encoding
from deploy.fuzz.encodings.tiff import written
from deploy.fuzz.encodings.tiff_bytes import (
    BITS,
    COMPRESSION,
    LENGTH,
    PLANAR,
    PREDICTOR,
    ROWS,
    SAMPLES,
    STRIP_BYTES,
    STRIPS,
    SUB_FILE,
    WIDTH,
    Page,
    page,
    tiff,
)

REFUSED = f"{DAMAGED}|{UNSUPPORTED}"


def cases() -> Iterator[Encoding]:
    """Every TIFF of odd structure."""
    yield from _several()
    yield from _damaged()
    yield from _wrong_tags()


def _several() -> Iterator[Encoding]:
    grey = picture.grey8()
    whole = page(grey)
    thumbnail = page(grey[::4, ::4].copy(), SUB_FILE=1)
    for order in ("<", ">"):
        for big in (False, True):
            tail = f"_{'big' * big}{'motorola' if order == '>' else 'intel'}"
            first = page(grey, order)
            small = page(grey[::4, ::4].copy(), order, SUB_FILE=1)
            yield Encoding(f"two_pages{tail}.tif", tiff([first, first], order=order, big=big), UNSUPPORTED)
            sub = tiff([replace(first, sub=[small])], order=order, big=big)
            yield Encoding(f"thumbnail_subifd{tail}.tif", sub, EITHER if big else PIXELS, grey)
    yield Encoding("thumbnail_page.tif", tiff([whole, thumbnail]), UNSUPPORTED)
    yield Encoding("thumbnail_first.tif", tiff([thumbnail, whole]), UNSUPPORTED)
    yield Encoding("many_pages.tif", tiff([page(np.zeros((1, 1), np.uint8))] * 3000), UNSUPPORTED)
    yield Encoding("stack.tif", written(np.stack([grey, grey]), photometric="minisblack"), UNSUPPORTED)
    loop = bytearray(tiff([whole]))
    (first_ifd,) = struct.unpack_from("<I", loop, 4)
    loop[-4:] = struct.pack("<I", first_ifd)
    yield Encoding("page_after_itself.tif", bytes(loop), f"{REFUSED}|{PIXELS}", grey)
    next_beyond = bytearray(tiff([whole]))
    next_beyond[-4:] = struct.pack("<I", 1 << 30)
    yield Encoding("next_page_beyond.tif", bytes(next_beyond), f"{REFUSED}|{PIXELS}", grey)


def _damaged() -> Iterator[Encoding]:
    grey, wide = picture.grey8(), picture.colour16()
    files = {
        "g8": tiff([page(grey)]),
        "c16": tiff([page(wide)]),
        "lzw": written(wide, photometric="rgb", compression="lzw", predictor=True),
        "deflate": written(grey, photometric="minisblack", compression="adobe_deflate", tile=(16, 16)),
        "strips": written(wide, photometric="rgb", rowsperstrip=5),
    }
    for name, data in files.items():
        for share in (2, 10, 30, 50, 70, 90):
            expected = DAMAGED if name in ("g8", "c16") else REFUSED
            yield Encoding(f"{name}_trunc{share}.tif", data[: len(data) * share // 100], expected)
    for compression in ("lzw", "adobe_deflate", "packbits"):
        data = written(wide, photometric="rgb", compression=compression)
        with_less = _with_strip(data, 0.5)
        yield Encoding(f"{compression}_half_a_strip.tif", with_less, DAMAGED)
    flipped = bytearray(written(grey, photometric="minisblack", compression="adobe_deflate"))
    flipped[-200] ^= 0x55  # within the compressed data, which stands last
    yield Encoding("deflate_flipped.tif", bytes(flipped), DAMAGED)
    yield Encoding("header_only.tif", files["g8"][:8], DAMAGED)
    yield Encoding("zeroed_ifd.tif", files["g8"][: 8 + grey.size] + bytes(len(files["g8"]) - 8 - grey.size), REFUSED)


def _with_strip(data: bytes, share: float) -> bytes:
    """The file with a share of its only strip, as its byte count then says, too."""
    return data[:4] + data[4:].replace(*_count_of(data, share), 1)


def _count_of(data: bytes, share: float) -> tuple[bytes, bytes]:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tag = file.pages.first.tags[STRIP_BYTES]
        (size,) = tag.value
        kind = struct.pack("<HHI", STRIP_BYTES, int(tag.dtype), 1)
    form = {3: "<HH", 4: "<I", 16: "<Q"}[int(tag.dtype)]
    old, new = [int(size)], [int(size * share)]
    pad = [0] if form == "<HH" else []
    return kind + struct.pack(form, *old, *pad), kind + struct.pack(form, *new, *pad)


def _wrong_tags() -> Iterator[Encoding]:
    grey = picture.grey8()
    whole = page(grey)
    changes: dict[str, tuple[dict[int, int | Sequence[int]], str]] = {
        "zero_width": ({WIDTH: 0}, REFUSED),
        "wider": ({WIDTH: 200}, REFUSED),
        "longer": ({LENGTH: 200, ROWS: 200}, REFUSED),
        "gigapixels": ({WIDTH: 100_000, LENGTH: 100_000}, "too_large"),
        "bits0": ({BITS: 0}, REFUSED),
        "bits7": ({BITS: 7}, REFUSED),
        "bits16": ({BITS: 16}, REFUSED),
        "samples0": ({SAMPLES: 0}, REFUSED),
        "samples2": ({SAMPLES: 2}, REFUSED),
        "samples9": ({SAMPLES: 9}, REFUSED),
        "compression_unknown": ({COMPRESSION: 9999}, UNSUPPORTED),
        "old_jpeg": ({COMPRESSION: 6}, REFUSED),
        "fax3": ({COMPRESSION: 3}, REFUSED),
        "not_lzw": ({COMPRESSION: 5}, DAMAGED),
        "not_deflate": ({COMPRESSION: 8}, DAMAGED),
        "strips_beyond": ({STRIPS: [1 << 20]}, DAMAGED),
        "strip_bytes_0": ({STRIP_BYTES: [0]}, f"{DAMAGED}|{PIXELS}"),
        "strip_bytes_half": ({STRIP_BYTES: [grey.size // 2]}, f"{DAMAGED}|{PIXELS}"),
        "strip_bytes_huge": ({STRIP_BYTES: [0xFFFFFFFF]}, f"{DAMAGED}|{PIXELS}"),
        "strips_none": ({STRIPS: [], STRIP_BYTES: []}, REFUSED),
        "planar3": ({PLANAR: 3}, DAMAGED),
        "strip_in_header": ({STRIPS: [0], STRIP_BYTES: [grey.size]}, DAMAGED),
        "predictor3": ({PREDICTOR: 3, COMPRESSION: 5}, REFUSED),
    }
    for name, (tags, expected) in changes.items():
        yield Encoding(f"{name}.tif", tiff([Page(whole.strips, {**whole.tags, **tags})]), expected, grey)
    twice = tiff([page(grey, ROWS=56, SUB_FILE=0)])
    twice = twice.replace(struct.pack("<HH", SUB_FILE, 4), struct.pack("<HH", WIDTH, 4), 1)
    yield Encoding("tag_twice.tif", twice, DAMAGED)
    photo = dict(whole.tags)
    del photo[262]
    yield Encoding("no_photometric.tif", tiff([Page(whole.strips, photo)]), f"{REFUSED}|{PIXELS}", grey)
    yield Encoding("sub_file_page.tif", tiff([page(grey, SUB_FILE=2)]), EITHER, grey)
