"""BMP: right pixels, or a refusal that names the damage or the kind."""

import struct

import numpy as np
import pytest

from service.scoring.decoding import decode
from service.scoring.image import Reason
from tests.support.encoded import LIMITS, encoded, noise, refused

COLOUR = noise((5, 7, 3))
GREY_PALETTE = b"".join(bytes([level, level, level, 0]) for level in range(256))


def bmp(
    pixels: bytes, width: int, height: int, bits: int, compression: int = 0, more: bytes = b"", size: int = 40
) -> bytes:
    """A BMP with `more` (masks, palette) between its header and its pixels."""
    header = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    start = 14 + len(header) + len(more)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + more + pixels


def masked(masks: tuple[int, ...], bits: int, compression: int = 3) -> bytes:
    return bmp(bytes(5 * 28), 7, 5, bits, compression, struct.pack(f"<{len(masks)}I", *masks))


def test_an_old_header_is_unsupported() -> None:
    data = b"BM" + struct.pack("<IHHI", 26 + 120, 0, 0, 26) + struct.pack("<IHHHH", 12, 7, 5, 1, 24) + bytes(120)
    assert "OS/2" in refused(data, Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("height", [5, -5])
def test_rows_are_read_from_the_top_and_from_the_bottom(height: int) -> None:
    rows = COLOUR if height < 0 else COLOUR[::-1]
    stored = b"".join(row[:, ::-1].tobytes() + bytes(3) for row in rows)
    assert np.array_equal(decode(bmp(stored, 7, height, 24), LIMITS), COLOUR)


@pytest.mark.parametrize(
    ("masks", "bits"), [((0x7C00, 0x3E0, 0x1F), 16), ((0xF800, 0x7E0, 0x1F), 16), ((0xFF0000, 0xFF00, 0xFF), 32)]
)
def test_usual_masks_are_read(masks: tuple[int, ...], bits: int) -> None:
    assert decode(masked(masks, bits), LIMITS).shape == (5, 7, 3)


@pytest.mark.parametrize("size", [52, 56, 108, 124])
def test_newer_headers_are_read(size: int) -> None:
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F).ljust(size - 40, b"\0")
    pixels = np.arange(32, dtype="<u2").reshape(2, 16)
    data = bmp(pixels.tobytes(), 16, -2, 16, 3, masks, size)
    assert np.array_equal(decode(data, LIMITS)[..., 2], pixels << 3)


@pytest.mark.parametrize(
    ("masks", "bits"),
    [((0xFF, 0xFF00, 0xFF0000), 32), ((0x3FF00000, 0xFFC00, 0x3FF), 32), ((0xF00, 0xF0, 0xF), 16), ((0, 0, 0), 32)],
)
def test_other_masks_are_unsupported_by_name(masks: tuple[int, ...], bits: int) -> None:
    assert f"{masks[0]:x}" in refused(masked(masks, bits), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize(("compression", "named"), [(2, "RLE of 4"), (4, "JPEG"), (5, "PNG"), (6, "alpha")])
def test_other_compressions_are_unsupported_by_name(compression: int, named: str) -> None:
    assert named in refused(bmp(bytes(200), 7, 5, 4, compression), Reason.UNSUPPORTED_FORMAT)


def test_fewer_pixels_than_the_header_says_are_damage() -> None:
    data = encoded(".bmp", COLOUR)
    refused(data[:-1], Reason.UNDECODABLE)


def rle(runs: bytes) -> bytes:
    return bmp(runs, 4, 2, 8, 1, GREY_PALETTE)


@pytest.mark.parametrize("end", [b"\0\0\0\1", b"\0\1", b"\0\0"])
def test_runs_are_read(end: bytes) -> None:
    pixels = decode(rle(b"\4\7\0\0" + b"\0\3\1\2\3\0\1\4" + end), LIMITS)
    assert pixels.tolist() == [[1, 2, 3, 4], [7, 7, 7, 7]]


@pytest.mark.parametrize(
    "runs",
    [b"\4\7\0\0", b"\4\7\0\0\2\1\0\0\0\1", b"\4\7\0\0\0\0\0\1", b"\5\7\0\0\4\1\0\0", b"\0\1", b"\4\7\0\0\0\4\1"],
    ids=["row missing", "row too short", "row empty", "row too long", "nothing", "cut off"],
)
def test_runs_that_do_not_fill_the_image_are_damage(runs: bytes) -> None:
    refused(rle(runs), Reason.UNDECODABLE)


def test_runs_that_skip_pixels_are_unsupported() -> None:
    refused(rle(b"\0\2\4\0\0\0\4\1\0\1"), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize(("size", "bits"), [(41, 24), (16, 24), (40, 5), (40, 0), (40, 64)])
def test_impossible_headers_are_refused(size: int, bits: int) -> None:
    data = bmp(bytes(2000), 7, 5, bits, size=size)
    with pytest.raises(Exception, match="expected"):
        decode(data, LIMITS)


def test_pixels_within_the_header_are_damage() -> None:
    data = bytearray(encoded(".bmp", COLOUR))
    struct.pack_into("<I", data, 10, 20)
    refused(bytes(data), Reason.UNDECODABLE)
