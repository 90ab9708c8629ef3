"""TIFF layouts that no decoder at hand reads right are refused by name."""

import struct

import numpy as np
import pytest

from service.scoring.formats.tiff.layout import MOST_SEGMENTS
from service.scoring.image import ImageLimits, Reason
from tests.support.encoded import noise, refused, tiff, with_tag

GREY = tiff(noise((20, 30)))


@pytest.mark.parametrize(
    ("image", "named"),
    [
        (np.zeros((20, 30), np.float32), "32 bits"),
        (np.zeros((20, 30), np.float16), "floating point"),
        (np.zeros((20, 30), np.int16), "signed integers"),
        (np.zeros((20, 30), np.int8), "signed integers"),
        (np.zeros((20, 30), np.uint32), "32 bits"),
    ],
)
def test_other_numbers_are_named(image: np.ndarray, named: str) -> None:
    assert named in refused(tiff(image), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("bits", [10, 12, 14, 6, 24, 32])
def test_other_bits_are_named(bits: int) -> None:
    assert f"{bits} bits" in refused(with_tag(GREY, 258, bits), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize(
    ("number", "named"),
    [(2, "CCITT"), (4, "CCITT"), (6, "old-style JPEG"), (34676, "LogLuv"), (34712, "JPEG 2000"), (34925, "LZMA"),
     (50000, "Zstandard"), (50001, "WebP"), (34887, "LERC"), (777, "number 777")],
)  # fmt: skip
def test_other_compressions_are_named(number: int, named: str) -> None:
    assert named in refused(with_tag(GREY, 259, number), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize(
    ("number", "named"), [(4, "mask"), (8, "CIELAB"), (32803, "filter"), (6, "YCbCr"), (999, "999")]
)
def test_other_colour_kinds_are_named(number: int, named: str) -> None:
    data = with_tag(tiff(noise((20, 30, 3))), 262, number)
    assert named in refused(data, Reason.UNSUPPORTED_FORMAT)


def test_channels_apart_are_named_at_16_bits() -> None:
    data = tiff(noise((3, 20, 30), np.uint16), planarconfig="separate", photometric="rgb")
    assert "PlanarConfiguration" in refused(data, Reason.UNSUPPORTED_FORMAT)


def test_grey_and_alpha_are_named_at_16_bits() -> None:
    data = tiff(noise((20, 30, 2), np.uint16), planarconfig="contig", extrasamples=["unassalpha"])
    assert "2 channels of 16 bits" in refused(data, Reason.UNSUPPORTED_FORMAT)


def test_a_16_bit_palette_is_named() -> None:
    data = tiff(noise((20, 30), np.uint16), photometric="palette", colormap=noise((3, 65536), np.uint16))
    assert "palette" in refused(data, Reason.UNSUPPORTED_FORMAT)


def test_many_channels_are_named() -> None:
    data = tiff(noise((20, 30, 7)), planarconfig="contig", photometric="minisblack")
    assert "7 channels" in refused(data, Reason.UNSUPPORTED_FORMAT)


def test_bits_in_reverse_are_named() -> None:
    data = tiff(noise((20, 30)), extratags=[(65000, "H", 1, 2, True)])
    reversed_bits = data.replace(struct.pack("<HH", 65000, 3), struct.pack("<HH", 266, 3))
    assert "FillOrder" in refused(reversed_bits, Reason.UNSUPPORTED_FORMAT)


def test_a_predictor_for_floating_point_is_named() -> None:
    data = tiff(noise((20, 30)), compression="zlib", predictor=True)
    assert "predictor 3" in refused(with_tag(data, 317, 3), Reason.UNSUPPORTED_FORMAT)


def test_strips_are_counted_before_any_is_read() -> None:
    rows = MOST_SEGMENTS + 1
    data = tiff(np.zeros((rows, 1), np.uint8), rowsperstrip=1)
    assert "strips" in refused(data, Reason.UNSUPPORTED_FORMAT)


def test_a_tile_is_never_larger_than_the_limit() -> None:
    data = with_tag(tiff(noise((32, 32)), tile=(16, 16)), 322, 1 << 19)
    refused(data, Reason.TOO_LARGE, ImageLimits(1_000_000, 100_000))


@pytest.mark.parametrize("tag", [322, 323])
def test_strips_with_a_tag_of_tiles_are_named(tag: int) -> None:
    data = tiff(noise((20, 30)), extratags=[(65000, 3, 1, 16, True)])
    assert "strips and of tiles" in refused(
        data.replace(b"\xe8\xfd", struct.pack("<H", tag)), Reason.UNSUPPORTED_FORMAT
    )


def test_other_inks_are_named() -> None:
    data = tiff(noise((20, 30, 4)), photometric="separated", extratags=[(332, 3, 1, 2, True)])
    assert "inks" in refused(data, Reason.UNSUPPORTED_FORMAT)
