"""PNG: right pixels, or a refusal that names the damage or the kind."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from service.scoring.decoding import decode
from service.scoring.formats.png import MOST_CHUNKS, SIGNATURE
from service.scoring.image import ImageLimits, ImageRejected, Reason
from tests.support.encoded import LIMITS, chunk, encoded, noise, refused

GREY = noise((20, 30))
ROWS = b"".join(b"\0" + row.tobytes() for row in GREY)


def png(packed: bytes, interlaced: int = 0, before: bytes = b"", colour: int = 0, depth: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", 30, 20, depth, colour, 0, 0, interlaced)
    return SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", packed) + chunk(b"IEND")


def test_the_pixels_come_back() -> None:
    assert np.array_equal(decode(png(zlib.compress(ROWS)), LIMITS), GREY)


def test_grey_with_alpha_is_grey() -> None:
    with_alpha = np.dstack([GREY, np.full_like(GREY, 7)])
    rows = b"".join(b"\0" + row.tobytes() for row in with_alpha)
    assert np.array_equal(decode(png(zlib.compress(rows), colour=4), LIMITS), GREY)


@pytest.mark.parametrize(
    "packed",
    [zlib.compress(ROWS[:300]), zlib.compress(ROWS)[:200], zlib.compress(ROWS)[:-4], zlib.compress(ROWS)[:-1] + b"\0"],
    ids=["rows missing", "stream cut", "no checksum", "wrong checksum"],
)
@pytest.mark.parametrize("interlaced", [0, 1])
def test_pixels_that_are_missing_are_damage(packed: bytes, interlaced: int) -> None:
    refused(png(packed, interlaced), Reason.UNDECODABLE)


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"IEND", b"tEXt"])
def test_a_wrong_checksum_is_damage(kind: bytes) -> None:
    data = bytearray(png(zlib.compress(ROWS), before=chunk(b"tEXt", b"a\0b")))
    place = data.index(kind)
    end = place + 4 + int.from_bytes(data[place - 4 : place])
    data[end] ^= 1
    assert kind.decode() in refused(bytes(data), Reason.UNDECODABLE)


def test_a_missing_end_is_damage() -> None:
    refused(png(zlib.compress(ROWS))[:-12], Reason.UNDECODABLE)


def test_pixel_chunks_with_another_between_them_are_damage() -> None:
    packed = zlib.compress(ROWS)
    data = png(packed[:100])[:-12] + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", packed[100:]) + chunk(b"IEND")
    refused(data, Reason.UNDECODABLE)


@pytest.mark.parametrize(("colour", "depth"), [(1, 8), (2, 4), (3, 16), (0, 3)])
def test_impossible_headers_are_damage(colour: int, depth: int) -> None:
    refused(png(zlib.compress(ROWS), colour=colour, depth=depth), Reason.UNDECODABLE)


def test_a_palette_that_is_missing_is_damage() -> None:
    refused(png(zlib.compress(ROWS), colour=3), Reason.UNDECODABLE)


def test_an_animation_is_unsupported() -> None:
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    assert "animated" in refused(stream.getvalue(), Reason.UNSUPPORTED_FORMAT)


def test_several_pictures_are_unsupported() -> None:
    assert "several" in refused(png(zlib.compress(ROWS)) * 2, Reason.UNSUPPORTED_FORMAT)


def test_stray_bytes_behind_the_end_are_no_damage() -> None:
    assert np.array_equal(decode(png(zlib.compress(ROWS)) + bytes(9), LIMITS), GREY)


@pytest.mark.parametrize(
    "before",
    [
        chunk(b"gAMA", struct.pack(">I", 1)),
        chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"tRNS", b"\0\7"),
        chunk(b"sBIT", b"\4"),
    ],
    ids=["gAMA", "iCCP", "zTXt", "tRNS", "sBIT"],
)
def test_what_is_no_pixel_changes_no_pixel(before: bytes) -> None:
    assert np.array_equal(decode(png(zlib.compress(ROWS), before=before), LIMITS), GREY)


def test_an_unknown_critical_chunk_is_unsupported() -> None:
    assert "CgBI" in refused(png(zlib.compress(ROWS), before=chunk(b"CgBI")), Reason.UNSUPPORTED_FORMAT)


def test_chunks_are_counted() -> None:
    many = png(zlib.compress(ROWS), before=chunk(b"tEXt", b"") * MOST_CHUNKS)
    assert "chunks" in refused(many, Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_spread_over_the_range(bits: int) -> None:
    values = noise((20, 24), bits=bits)
    packed = b"".join(b"\0" + _packed(row, bits) for row in values)
    header = struct.pack(">IIBBBBB", 24, 20, bits, 0, 0, 0, 0)
    data = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(packed)) + chunk(b"IEND")
    assert np.array_equal(decode(data, LIMITS), values * (255 // ((1 << bits) - 1)))


def test_a_cut_off_picture_says_so() -> None:
    data = encoded(".png", GREY)
    assert "ends too soon" in refused(data[: len(data) // 2], Reason.UNDECODABLE)


def _packed(row: np.ndarray, bits: int) -> bytes:
    spread = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, -bits:]
    return np.packbits(spread.ravel()).tobytes()


@pytest.mark.parametrize(("width", "found"), [(1_000_000, "found a PNG"), (1_000_001, "a side")])
def test_a_side_that_libpng_does_not_read_is_no_damage(width: int, found: str) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))
    with pytest.raises(ImageRejected, match=found):
        decode(SIGNATURE + header, ImageLimits())


def test_the_longest_side_is_read() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1_000_000, 1, 8, 0, 0, 0, 0))
    data = SIGNATURE + header + chunk(b"IDAT", zlib.compress(bytes(1_000_001))) + chunk(b"IEND")
    assert decode(data, ImageLimits()).shape == (1, 1_000_000)
