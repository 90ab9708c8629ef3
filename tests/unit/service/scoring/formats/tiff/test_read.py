"""TIFF: right pixels for every layout that is read."""

import cv2
import numpy as np
import pytest

from service.scoring.decoding import decode
from service.scoring.image import Reason
from tests.support.encoded import LIMITS, encoded, noise, refused, surface, tiff, with_tag

ORIENTED = {1: lambda a: a, 3: lambda a: a[::-1, ::-1], 6: lambda a: np.rot90(a, -1), 8: lambda a: np.rot90(a, 1)}
COMPRESSIONS = {"none": 1, "LZW": 5, "deflate": 8, "PackBits": 32773}


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_usual_layouts_are_read(
    dtype: type, shape: tuple[int, ...], compression: str | None, tile: tuple[int, int] | None, byteorder: str
) -> None:
    image = noise(shape, dtype)
    data = tiff(image, compression=compression, tile=tile, byteorder=byteorder, rowsperstrip=None if tile else 7)
    decoded = decode(data, LIMITS)
    assert decoded.dtype == dtype
    assert np.array_equal(decoded, image)


@pytest.mark.parametrize("compression", COMPRESSIONS.values(), ids=COMPRESSIONS.keys())
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("predictor", [1, 2])
def test_every_lossless_compression_is_read(compression: int, dtype: type, predictor: int) -> None:
    image = noise((20, 30, 3), dtype)
    options = (cv2.IMWRITE_TIFF_COMPRESSION, compression, cv2.IMWRITE_TIFF_PREDICTOR, predictor)
    assert np.array_equal(decode(encoded(".tiff", image, *options), LIMITS), image[..., ::-1])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_as_zero_is_turned_round(dtype: type) -> None:
    image = noise((20, 30), dtype)
    assert np.array_equal(decode(tiff(image, photometric="miniswhite"), LIMITS), ~image)


def test_channels_apart_are_read_at_8_bits() -> None:
    image = noise((3, 20, 30))
    planar = tiff(image, planarconfig="separate", photometric="rgb")
    assert np.array_equal(decode(planar, LIMITS), image.transpose(1, 2, 0))


@pytest.mark.parametrize("alpha", ["unspecified", "assocalpha", "unassalpha"])
@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_is_dropped_and_changes_no_colour(channels: int, alpha: str) -> None:
    image = noise((20, 30, channels))
    data = tiff(
        image, photometric="rgb" if channels == 4 else "minisblack", planarconfig="contig", extrasamples=[alpha]
    )
    assert np.array_equal(decode(data, LIMITS), image[..., 0] if channels == 2 else image[..., :3])


def test_a_palette_is_expanded() -> None:
    indices, colours = noise((20, 30)), noise((3, 256), np.uint16)
    data = tiff(indices, photometric="palette", colormap=colours)
    assert np.array_equal(decode(data, LIMITS), (colours >> 8).astype(np.uint8).T[indices])


@pytest.mark.parametrize("orientation", ORIENTED)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_orientation_is_applied(orientation: int, dtype: type) -> None:
    image = noise((20, 30), dtype)
    data = tiff(image, extratags=[(274, "H", 1, orientation, True)])
    assert np.array_equal(decode(data, LIMITS), ORIENTED[orientation](image))


def test_two_tones_are_black_and_white() -> None:
    image = noise((20, 32), bits=1).astype(bool)
    assert np.array_equal(decode(tiff(image, photometric="minisblack"), LIMITS), image * np.uint8(255))


def test_cmyk_becomes_rgb() -> None:
    image = noise((20, 30, 4))
    ink = 255 - image.astype(int)
    assert np.array_equal(decode(tiff(image, photometric="separated"), LIMITS), ink[..., :3] * ink[..., 3:] // 255)


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_strips_are_read_and_their_damage_is_seen(channels: int) -> None:
    image = surface(64, 96, channels)
    options = (cv2.IMWRITE_TIFF_COMPRESSION, 7, cv2.IMWRITE_TIFF_ROWSPERSTRIP, 16)
    data = encoded(".tiff", image, *options)
    decoded = decode(data, LIMITS)
    assert np.abs(decoded.astype(int) - (image[..., ::-1] if channels == 3 else image)).mean() < 30
    scan = data.index(b"\xff\xda") + 40
    refused(data[:scan] + bytes(100) + data[scan + 100 :], Reason.UNDECODABLE)


def test_a_deflate_strip_that_is_damaged_is_damage() -> None:
    data = bytearray(tiff(noise((40, 50)), compression="zlib"))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    refused(bytes(data), Reason.UNDECODABLE)


def test_strips_out_of_order_are_read() -> None:
    image = noise((2, 30))
    data = tiff(image, rowsperstrip=1)
    first, second = image[0].tobytes(), image[1].tobytes()
    assert first + second in data
    swapped = bytearray(data.replace(first + second, second + first))
    place = data.index(first).to_bytes(4, "little") + data.index(second).to_bytes(4, "little")
    assert place in swapped
    start = swapped.index(place)
    swapped[start : start + 8] = place[4:] + place[:4]
    assert np.array_equal(decode(bytes(swapped), LIMITS), image)


@pytest.mark.parametrize("tag", [279, 278])
def test_fewer_bytes_than_rows_are_damage(tag: int) -> None:
    value = {279: 20 * 30 - 1, 278: 7}[tag]
    refused(with_tag(tiff(noise((20, 30)), rowsperstrip=20), tag, value), Reason.UNDECODABLE)


def test_strips_beyond_the_file_are_damage() -> None:
    refused(with_tag(tiff(noise((20, 30))), 273, 1_000_000), Reason.UNDECODABLE)
