"""BMP: every header from OS/2's to version 5, 1 to 32 bits, masks, runs, top-down lines, and damage."""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.encoding import DAMAGED, EITHER, PIXELS, UNSUPPORTED, Encoding
from deploy.fuzz.encodings.png_bytes import pack

CORE, INFO, V2, V3, OS2, V4, V5 = 12, 40, 52, 56, 64, 108, 124
"""Sizes of the headers, by which they are told apart."""
NONE, RLE8, RLE4, BITFIELDS, JPEG, PNG, ALPHA_BITFIELDS = range(7)
"""Compressions."""

Masks = tuple[int, int, int, int]
"""Of red, green, blue and alpha."""


def cases() -> Iterator[Encoding]:
    """Every BMP."""
    yield from _whole_channels()
    yield from _palettes()
    yield from _masks()
    yield from _runs()
    yield from _damaged()


def bmp(
    lines: bytes,
    size: tuple[int, int],
    bits: int,
    *,
    compression: int = NONE,
    palette: bytes = b"",
    masks: Masks | None = None,
    header: int = INFO,
    top_down: bool = False,
    gap: int = 0,
) -> bytes:
    """A file from its stored lines; `size` is (height, width), `gap` the bytes before the pixels that say nothing."""
    height, width = size
    if header == CORE:
        info = struct.pack("<IHHHH", CORE, width, height, 1, bits)
    else:
        high = -height if top_down else height
        colours = len(palette) // 4
        info = struct.pack(
            "<IiiHHIIiiII", header, width, high, 1, bits, compression, len(lines), 2835, 2835, colours, 0
        )
        inside = struct.pack("<4I", *(masks or (0, 0, 0, 0)))
        info += (inside + bytes(header))[: header - INFO]
        if masks and header == INFO:
            info += inside[: 16 if compression == ALPHA_BITFIELDS else 12]
    start = 14 + len(info) + len(palette) + gap
    return struct.pack("<2sIHHI", b"BM", start + len(lines), 0, 0, start) + info + palette + bytes(gap) + lines


def stored(samples: NDArray[np.integer], bits: int, *, top_down: bool = False) -> bytes:
    """Lines as a BMP stores them, from the last one up and padded to 4 bytes; samples [h, w] or bytes [h, w, n]."""
    ordered = samples if top_down else samples[::-1]
    if ordered.ndim == 3:  # noqa: PLR2004 - already bytes
        packed = ordered.reshape(len(ordered), -1).astype(np.uint8)
    elif bits <= 8:  # noqa: PLR2004 - a byte
        packed = pack(ordered, bits)
    else:
        packed = ordered.astype(f"<u{bits // 8}").view(np.uint8).reshape(len(ordered), -1)
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4))).tobytes()


def _whole_channels() -> Iterator[Encoding]:
    for width in (72, 71, 70, 69, 1):  # lines are padded to 4 bytes: each remainder
        rgb = picture.colour8(width=width)
        size = rgb.shape[:2]
        yield Encoding(f"c24_{width}.bmp", bmp(stored(rgb[..., ::-1], 24), size, 24), truth=rgb)
    rgb = picture.colour8()
    size = rgb.shape[:2]
    bgr = rgb[..., ::-1]
    down = stored(bgr, 24, top_down=True)
    yield Encoding("c24_topdown.bmp", bmp(down, size, 24, top_down=True), truth=rgb)
    yield Encoding("c24_gap.bmp", bmp(stored(bgr, 24), size, 24, gap=10), truth=rgb)
    yield Encoding("c24_trailing.bmp", bmp(stored(bgr, 24), size, 24) + b"stray", truth=rgb)
    for alpha in (0, 128, 255):
        four = np.concatenate([bgr, np.full_like(bgr[..., :1], alpha)], axis=-1)
        yield Encoding(f"c32_{alpha}.bmp", bmp(stored(four, 32), size, 32), truth=rgb)
        flipped = bmp(stored(four, 32, top_down=True), size, 32, top_down=True)
        yield Encoding(f"c32_{alpha}_topdown.bmp", flipped, truth=rgb)
    for header in (CORE, V2, V3, OS2, V4, V5):
        old = header in (CORE, OS2)
        data = bmp(stored(bgr, 24), size, 24, header=header)
        yield Encoding(f"c24_header{header}.bmp", data, EITHER if old else PIXELS, rgb)
    yield Encoding("c64.bmp", bmp(stored(np.repeat(four, 2, axis=-1), 64), size, 64), EITHER, rgb)


def _palettes() -> Iterator[Encoding]:
    for bits in (1, 2, 4, 8):
        levels = (picture.grey8().astype(int) * ((1 << bits) - 1) + 127) // 255
        size = levels.shape
        colours = np.random.default_rng(bits).integers(0, 256, (1 << bits, 3), np.uint8)
        grey = np.repeat(np.arange(1 << bits, dtype=np.uint8)[:, np.newaxis] * (255 // ((1 << bits) - 1)), 3, axis=1)
        for name, table in (("p", colours), ("g", grey)):
            entries = np.pad(table[:, ::-1], ((0, 0), (0, 1))).tobytes()
            data = bmp(stored(levels, bits), size, bits, palette=entries)
            yield Encoding(f"{name}{bits}.bmp", data, EITHER if bits == 2 else PIXELS, table[levels])  # noqa: PLR2004
            down = bmp(stored(levels, bits, top_down=True), size, bits, palette=entries, top_down=True)
            yield Encoding(f"{name}{bits}_topdown.bmp", down, EITHER if bits == 2 else PIXELS, table[levels])  # noqa: PLR2004
            triples = table[:, ::-1].tobytes()
            core = bmp(stored(levels, bits), size, bits, palette=triples, header=CORE)
            yield Encoding(f"{name}{bits}_header12.bmp", core, EITHER, table[levels])

    few = np.random.default_rng(8).integers(0, 256, (15, 3), np.uint8)
    entries = np.pad(few[:, ::-1], ((0, 0), (0, 1))).tobytes() + b"\x55" * 4 * 241
    samples = np.arange(16).reshape(4, 4)
    beyond = bytearray(bmp(stored(samples, 8), (4, 4), 8, palette=entries))
    beyond[46:50] = (15).to_bytes(4, "little")
    truth = np.concatenate([few, [[0, 0, 0]]])[samples].astype(np.uint8)
    yield Encoding("palette_index_beyond.bmp", bytes(beyond), f"{PIXELS}|{DAMAGED}", truth)


def _masks() -> Iterator[Encoding]:
    layouts: dict[str, tuple[int, Masks, str]] = {
        "555": (16, (0x7C00, 0x3E0, 0x1F, 0), PIXELS),
        "565": (16, (0xF800, 0x7E0, 0x1F, 0), PIXELS),
        "444": (16, (0xF00, 0xF0, 0xF, 0), EITHER),
        "1555": (16, (0x7C00, 0x3E0, 0x1F, 0x8000), EITHER),
        "565_reversed": (16, (0x1F, 0x7E0, 0xF800, 0), EITHER),
        "888": (32, (0xFF0000, 0xFF00, 0xFF, 0), PIXELS),
        "8888": (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), PIXELS),
        "888_reversed": (32, (0xFF, 0xFF00, 0xFF0000, 0), EITHER),
        "888_high": (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF), EITHER),
        "101010": (32, (0x3FF00000, 0xFFC00, 0x3FF, 0), EITHER),
    }
    rgb = picture.colour8()
    for name, (bits, masks, expected) in layouts.items():
        words = masked(rgb, masks)
        most = 0.0 if "8" in name or "10" in name else 8.0
        for header in (INFO, V3, V4, V5):
            data = bmp(stored(words, bits), rgb.shape[:2], bits, compression=BITFIELDS, masks=masks, header=header)
            yield Encoding(f"c{name}_header{header}.bmp", data, expected, rgb, most)
    plain = masked(rgb, layouts["555"][1])
    yield Encoding("c555_without_masks.bmp", bmp(stored(plain, 16), rgb.shape[:2], 16), PIXELS, rgb, 8)
    whole = layouts["8888"][1]
    data = bmp(stored(masked(rgb, whole), 32), rgb.shape[:2], 32, compression=ALPHA_BITFIELDS, masks=whole)
    yield Encoding("c8888_alpha_bitfields.bmp", data, EITHER, rgb)
    os2 = bmp(stored(plain, 16), rgb.shape[:2], 16, compression=BITFIELDS, masks=layouts["555"][1], header=OS2)
    yield Encoding("c555_compression_of_os2.bmp", os2, UNSUPPORTED)
    no_masks = bmp(stored(plain, 16), rgb.shape[:2], 16, compression=BITFIELDS, masks=(0, 0, 0, 0), header=V4)
    yield Encoding("zero_masks.bmp", no_masks, f"{DAMAGED}|{UNSUPPORTED}")


def masked(rgb: NDArray[np.uint8], masks: Masks) -> NDArray[np.uint32]:
    """RGB [h, w, 3] as one word a pixel, each channel rounded to the bits of its mask; alpha is all ones."""
    word = np.full(rgb.shape[:2], masks[3], np.uint32)
    for channel, mask in enumerate(masks[:3]):
        shift = (mask & -mask).bit_length() - 1
        most = mask >> shift
        word |= ((rgb[..., channel].astype(np.uint32) * most + 127) // 255) << np.uint32(shift)
    return word


def _runs() -> Iterator[Encoding]:
    table = np.random.default_rng(1).integers(0, 256, (256, 3), np.uint8)
    entries = np.pad(table[:, ::-1], ((0, 0), (0, 1))).tobytes()
    levels = picture.grey8() // 4 * 4
    size = levels.shape
    for absolute in (False, True):
        name = "_absolute" * absolute
        data = bmp(rle8(levels, absolute=absolute), size, 8, compression=RLE8, palette=entries)
        yield Encoding(f"p8_rle8{name}.bmp", data, truth=table[levels])
    small = levels // 16
    short = entries[:64]
    yield Encoding("p4_rle4.bmp", bmp(rle4(small), size, 4, compression=RLE4, palette=short), EITHER, table[:16][small])
    cut = rle8(levels, absolute=False)
    yield Encoding("rle8_cut.bmp", bmp(cut[: len(cut) // 2], size, 8, compression=RLE8, palette=entries), DAMAGED)
    early = cut[: len(cut) // 4] + b"\0\1"
    yield Encoding(
        "rle8_early_end.bmp", bmp(early, size, 8, compression=RLE8, palette=entries), f"{DAMAGED}|{UNSUPPORTED}"
    )
    long = bytes([200, 5]) * 4 * len(levels)
    yield Encoding(
        "rle8_too_long.bmp", bmp(long, size, 8, compression=RLE8, palette=entries), f"{DAMAGED}|{UNSUPPORTED}"
    )
    for name, compression in (("jpeg", JPEG), ("png", PNG)):
        yield Encoding(
            f"{name}_inside.bmp",
            bmp(b"\xff\xd8\xff" * 99, size, 0, compression=compression),
            f"{UNSUPPORTED}|{DAMAGED}",
        )


def rle8(levels: NDArray[np.uint8], *, absolute: bool) -> bytes:
    """Microsoft's RLE8: (count, value) pairs, or absolute runs of 3 to 254 values padded to 2 bytes."""
    out = bytearray()
    for line in levels[::-1].tolist():
        if absolute:
            for start in range(0, len(line), 60):
                run = bytes(line[start : start + 60])
                out += bytes([0, len(run)]) + run + b"\0" * (len(run) % 2) if len(run) > 2 else bytes([1, *run])  # noqa: PLR2004
        else:
            for start, end in _equal_runs(line, 255):
                out += bytes([end - start, line[start]])
        out += b"\0\0"
    return bytes(out) + b"\0\1"


def rle4(levels: NDArray[np.integer]) -> bytes:
    """Microsoft's RLE4: (count, two values that take turns) pairs."""
    out = bytearray()
    for line in levels[::-1].tolist():
        for start, end in _equal_runs(line, 255):
            out += bytes([end - start, line[start] * 17])
        out += b"\0\0"
    return bytes(out) + b"\0\1"


def _equal_runs(line: list[int], longest: int) -> Iterator[tuple[int, int]]:
    start = 0
    for place in range(1, len(line) + 1):
        if place == len(line) or line[place] != line[start] or place - start == longest:
            yield start, place
            start = place


def _damaged() -> Iterator[Encoding]:
    rgb = picture.colour8()
    whole = bmp(stored(rgb[..., ::-1], 24), rgb.shape[:2], 24)
    for share in range(5, 100, 10):
        yield Encoding(f"trunc{share}.bmp", whole[: len(whole) * share // 100], DAMAGED)
    yield Encoding("one_byte_short.bmp", whole[:-1], DAMAGED)
    refused = f"{DAMAGED}|{UNSUPPORTED}"
    broken: dict[str, tuple[int, str, int, str]] = {
        "zero_width": (18, "<i", 0, refused),
        "negative_width": (18, "<i", -72, refused),
        "zero_height": (22, "<i", 0, refused),
        "more_lines": (22, "<i", 70, refused),
        "offset_beyond": (10, "<I", 1 << 20, refused),
        "offset_in_header": (10, "<I", 20, f"{refused}|{PIXELS}"),
        "bits_3": (28, "<H", 3, refused),
        "compression_9": (30, "<I", 9, refused),
        "header_77": (14, "<I", 77, refused),
    }
    for name, (place, form, value, expected) in broken.items():
        data = bytearray(whole)
        struct.pack_into(form, data, place, value)
        yield Encoding(f"{name}.bmp", bytes(data), expected)
    wrong_size = bytearray(whole)
    struct.pack_into("<I", wrong_size, 2, 0)
    yield Encoding("file_size_0.bmp", bytes(wrong_size), truth=rgb)
