"""PNG: all colour types and bit depths, what stands around the pixels, animation, and damage."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.encoding import DAMAGED, PIXELS, UNSUPPORTED, Encoding
from deploy.fuzz.encodings.png_bytes import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGBA,
    Chunk,
    chunk,
    file_of,
    header,
    png,
    scanlines,
)

END: Chunk = (b"IEND", b"")
_EXIF = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0%c\0\0\0\0\0\0\0"
"""EXIF data that says the orientation alone."""


def cases() -> Iterator[Encoding]:
    """Every PNG."""
    yield from _depths()
    yield from _palettes()
    yield from _surroundings()
    yield from _several()
    yield from _damaged()


def _depths() -> Iterator[Encoding]:
    grey, colour = picture.grey8(), picture.colour8()
    for interlaced in (False, True):
        tail = "_interlaced" if interlaced else ""
        for depth in (1, 2, 4):
            levels = (grey.astype(int) * ((1 << depth) - 1) + 127) // 255
            truth = (levels * (255 // ((1 << depth) - 1))).astype(np.uint8)
            yield Encoding(f"g{depth}{tail}.png", png(levels, depth, GREY, interlaced=interlaced), truth=truth)
        greys: dict[str, NDArray[Any]] = {"g8": grey, "g12": picture.grey12(), "g16": picture.grey16()}
        for name, samples in greys.items():
            depth = 8 * samples.dtype.itemsize
            yield Encoding(f"{name}{tail}.png", png(samples, depth, GREY, interlaced=interlaced), truth=samples)
            for alpha in (0, 1, np.iinfo(samples.dtype).max):
                both = np.stack([samples, np.full_like(samples, alpha)], axis=-1)
                data = png(both, depth, GREY_ALPHA, interlaced=interlaced)
                yield Encoding(f"{name}_alpha{alpha}{tail}.png", data, truth=samples)
        colours: dict[str, NDArray[Any]] = {"c8": colour, "c12": picture.colour12(), "c16": picture.colour16()}
        for name, samples in colours.items():
            depth = 8 * samples.dtype.itemsize
            yield Encoding(f"{name}{tail}.png", png(samples, depth, RGB, interlaced=interlaced), truth=samples)
            yield Encoding(f"{name}_sub{tail}.png", png(samples, depth, RGB, line_filter=1), truth=samples)
            for alpha in (0, np.iinfo(samples.dtype).max // 2):
                both = np.concatenate([samples, np.full_like(samples[..., :1], alpha)], axis=-1)
                data = png(both, depth, RGBA, interlaced=interlaced)
                yield Encoding(f"{name}_alpha{alpha}{tail}.png", data, truth=samples)
    for height, width in ((1, 1), (1, 9), (9, 1), (3, 5)):
        small = picture.grey8(height, width)
        yield Encoding(f"g8_{width}x{height}_interlaced.png", png(small, 8, GREY, interlaced=True), truth=small)


def _palettes() -> Iterator[Encoding]:
    for depth in (1, 2, 4, 8):
        colours = np.random.default_rng(depth).integers(0, 256, (1 << depth, 3), np.uint8)
        indices = (picture.grey8().astype(int) * ((1 << depth) - 1) + 127) // 255
        for interlaced in (False, True):
            for transparent in (False, True):
                before = [(b"PLTE", colours.tobytes()), *([(b"tRNS", bytes(1 << depth))] if transparent else [])]
                yield Encoding(
                    f"p{depth}{'_trns' * transparent}{'_interlaced' * interlaced}.png",
                    png(indices, depth, PALETTE, before=before, interlaced=interlaced),
                    truth=colours[indices],
                )


def _surroundings() -> Iterator[Encoding]:
    """What stands beside the pixels and does not change them."""
    grey, colour = picture.grey8(), picture.colour8()
    ancillary = {
        "gama": (b"gAMA", (100_000).to_bytes(4)),
        "srgb": (b"sRGB", b"\0"),
        "iccp": (b"iCCP", b"x\0\0" + zlib.compress(bytes(128))),
        "bkgd": (b"bKGD", bytes([0, 255])),
        "sbit": (b"sBIT", b"\x05"),
        "time": (b"tIME", bytes([7, 0xE0, 1, 1, 1, 1, 1])),
        "text": (b"tEXt", b"Comment\0" + b"x" * 5000),
        "unknown": (b"abCd", b"12345"),
        "trns": (b"tRNS", int(grey[0, 0]).to_bytes(2)),
    }
    for name, extra in ancillary.items():
        yield Encoding(f"g8_{name}.png", png(grey, 8, GREY, before=[extra]), truth=grey)
    wide = picture.grey16()
    yield Encoding(
        "g16_trns.png", png(wide, 16, GREY, before=[(b"tRNS", wide[0, :1].astype(">u2").tobytes())]), truth=wide
    )
    keyed = [(b"tRNS", colour[0, 0].astype(">u2").tobytes())]
    yield Encoding("c8_trns.png", png(colour, 8, RGB, before=keyed), truth=colour)
    yield Encoding("c8_suggested_palette.png", png(colour, 8, RGB, before=[(b"PLTE", bytes(30))]), truth=colour)
    first, data = _parts(grey)
    ones: list[Chunk] = [(b"IDAT", data[index : index + 1]) for index in range(len(data))]
    yield Encoding("g8_many_idat.png", file_of([first, *ones, (b"IDAT", b""), END]), truth=grey)
    yield Encoding("g8_trailing.png", png(grey, 8, GREY) + b"stray bytes", truth=grey)
    for orientation in range(1, 9):
        exif, stream = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        Image.fromarray(colour).save(stream, "PNG", exif=exif)
        yield Encoding(f"c8_orient{orientation}.png", stream.getvalue(), truth=turned(colour, orientation))

    twice = [(b"eXIf", _EXIF % 6), (b"eXIf", _EXIF % 3)]
    data = png(colour, 8, RGB, before=twice)
    yield Encoding("c8_two_orientations.png", data, f"{PIXELS}|{DAMAGED}", turned(colour, 6))


def _several() -> Iterator[Encoding]:
    grey = picture.grey8()
    for name, default in (("apng2.png", False), ("apng_default_image.png", True)):
        stream = io.BytesIO()
        frames = [Image.fromarray(255 - grey), Image.fromarray(grey[::-1].copy())]
        Image.fromarray(grey).save(
            stream, "PNG", save_all=True, append_images=frames, default_image=default, duration=100
        )
        yield Encoding(name, stream.getvalue(), UNSUPPORTED)
    yield Encoding("two_files.png", png(grey, 8, GREY) + png(255 - grey, 8, GREY), UNSUPPORTED)


def _damaged() -> Iterator[Encoding]:
    grey = picture.grey8()
    whole = png(grey, 8, GREY)
    first, data = _parts(grey)
    lines = scanlines(grey, 8)
    dark: Chunk = (b"PLTE", bytes(9))
    yield Encoding("noiend.png", whole[:-12], DAMAGED)
    for share in range(5, 100, 5):
        yield Encoding(f"trunc{share}.png", whole[: len(whole) * share // 100], DAMAGED)
    yield Encoding("bad_idat_crc.png", whole[:-13] + bytes([whole[-13] ^ 1]) + whole[-12:], DAMAGED)
    yield Encoding("bad_ihdr_crc.png", whole[:29] + bytes([whole[29] ^ 1]) + whole[30:], DAMAGED)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x10
    yield Encoding("flipped_bit.png", bytes(flipped), DAMAGED)
    yield Encoding("short_idat.png", file_of([first, (b"IDAT", data[: len(data) // 2]), END]), DAMAGED)
    few = zlib.compress(lines[: len(lines) // 2])
    yield Encoding("few_lines.png", file_of([first, (b"IDAT", few), END]), DAMAGED)
    wrong = data[:-4] + bytes(4)
    yield Encoding("bad_adler.png", file_of([first, (b"IDAT", wrong), END]), f"{PIXELS}|{DAMAGED}", grey)
    yield Encoding("no_idat.png", file_of([first, END]), DAMAGED)
    yield Encoding("no_ihdr.png", file_of([(b"IDAT", data), END]), DAMAGED)
    beyond = png(np.full((8, 8), 9), 8, PALETTE, before=[dark])
    yield Encoding("palette_index_beyond.png", beyond, f"{PIXELS}|{DAMAGED}", np.zeros((8, 8, 3), np.uint8))
    yield Encoding("no_palette.png", png(grey, 8, PALETTE), DAMAGED)
    refused = f"{DAMAGED}|{UNSUPPORTED}"
    for depth, colour_type in ((3, GREY), (32, GREY), (4, RGB), (16, PALETTE), (8, 1), (8, 5)):
        head = header(grey.shape[1], grey.shape[0], depth, colour_type)
        data_ = file_of([head, dark, (b"IDAT", data), END])
        yield Encoding(f"depth{depth}_type{colour_type}.png", data_, refused)
    yield Encoding("filter5.png", png(grey, 8, GREY, line_filter=5), DAMAGED)
    yield Encoding("critical_unknown.png", png(grey, 8, GREY, before=[(b"ABCD", b"1")]), refused)
    yield Encoding("interlace2.png", _patched_header(whole, 28, 2), refused)
    yield Encoding("compression1.png", _patched_header(whole, 26, 1), refused)
    yield Encoding("zero_width.png", file_of([header(0, 5, 8, GREY), (b"IDAT", data), END]), DAMAGED)
    yield Encoding("claims_more_lines.png", _patched_header(whole, 23, 200), DAMAGED)


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """The picture as EXIF orientation 1 to 8 asks for it (CIPA DC-008, tag 274)."""
    across = pixels[:, ::-1]
    swapped = pixels.swapaxes(0, 1)
    return {
        1: pixels,
        2: across,
        3: across[::-1],
        4: pixels[::-1],
        5: swapped,
        6: swapped[:, ::-1],
        7: swapped[::-1, ::-1],
        8: swapped[::-1],
    }[orientation]


def _parts(grey: np.ndarray) -> tuple[Chunk, bytes]:
    """The header and the compressed data of an 8-bit grey picture."""
    return header(grey.shape[1], grey.shape[0], 8, GREY), zlib.compress(scanlines(grey, 8))


def _patched_header(data: bytes, place: int, value: int) -> bytes:
    """With one byte of IHDR changed, and its CRC made right again."""
    content = bytearray(data[16:29])
    content[place - 16] = value
    return data[:8] + chunk(b"IHDR", bytes(content)) + data[33:]
