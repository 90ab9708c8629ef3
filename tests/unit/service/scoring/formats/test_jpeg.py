"""JPEG: right pixels, or a refusal that names the damage or the kind."""

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from service.scoring.decoding import decode
from service.scoring.formats.jpeg import MOST_SCANS, MOST_SEGMENTS, read_jpeg
from service.scoring.image import ImageRejected, Reason
from tests.support.encoded import LIMITS, encoded, refused, surface

RESTARTS = (cv2.IMWRITE_JPEG_RST_INTERVAL, 4)


def jpeg(channels: int = 3, *options: int) -> bytes:
    return encoded(".jpg", surface(channels=channels), *options)


def scan_of(data: bytes) -> tuple[int, int]:
    """Where the entropy-coded data of a JPEG with one scan begins and ends."""
    start = data.index(b"\xff\xda")
    return start + 2 + int.from_bytes(data[start + 2 : start + 4]), len(data) - 2


def is_read(data: bytes) -> bool:
    try:
        decode(data, LIMITS)
    except ImageRejected:
        return False
    return True


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("options", [(), RESTARTS, (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_OPTIMIZE, 1)])
def test_the_pixels_are_those_of_opencv(channels: int, options: tuple[int, ...]) -> None:
    data = jpeg(channels, *options)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR)
    assert expected is not None
    assert np.array_equal(decode(data, LIMITS), expected[..., ::-1] if channels == 3 else expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("options", [(), RESTARTS, (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)])
@pytest.mark.parametrize("by", [2, 4, 8])
def test_a_reduced_picture_is_the_mean_of_its_blocks(channels: int, options: tuple[int, ...], by: int) -> None:
    whole = surface(161, 243, channels)  # no multiples of a block
    height, width = -(-161 // by), -(-243 // by)
    found = read_jpeg(encoded(".jpg", whole, *options), LIMITS, (161 // by, 243 // by))
    assert found.size == (161, 243)
    assert found.pixels.shape == (height, width, channels)[: 3 if channels > 1 else 2]
    small = cv2.resize(
        whole[: by * (161 // by), : by * (243 // by)], (243 // by, 161 // by), None, 0, 0, cv2.INTER_AREA
    )
    inner = found.pixels[: 161 // by, : 243 // by].astype(int) - (small[..., ::-1] if channels == 3 else small)
    assert np.abs(inner).mean() < 2.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_reduced_picture_is_turned_as_the_whole_and_keeps_enough_on_both_sides(orientation: int) -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(surface(64, 160)).save(stream, "JPEG", exif=exif, quality=95)
    whole = read_jpeg(stream.getvalue(), LIMITS)
    height, width = whole.size
    assert (height > width) == (orientation >= 5)
    found = read_jpeg(stream.getvalue(), LIMITS, (height // 2, width // 2))
    assert found.size == whole.size == whole.pixels.shape[:2]
    assert found.pixels.shape == (height // 2, width // 2, 3)
    means = whole.pixels.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
    assert np.abs(found.pixels - means).mean() < 2.5
    assert read_jpeg(stream.getvalue(), LIMITS, (height // 2 + 1, 1)).pixels.shape == whole.pixels.shape


def test_a_picture_of_one_pixel_is_not_reduced() -> None:
    data = encoded(".jpg", np.full((1, 1), 90, np.uint8))
    assert read_jpeg(data, LIMITS, (8, 8)).pixels.tolist() == decode(data, LIMITS).tolist()


@pytest.mark.parametrize("by", [2, 4, 8])
def test_damage_is_found_in_a_reduced_picture_as_in_the_whole(by: int) -> None:
    data = encoded(".jpg", surface(240, 320))
    start, end = scan_of(data)
    for place in np.linspace(start, end - 301, 40).astype(int):
        damaged = data[:place] + data[place + 300 :]
        try:
            read_jpeg(damaged, LIMITS, (240 // by, 320 // by))
        except ImageRejected:
            assert not is_read(damaged)
        else:
            assert is_read(damaged)


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_every_usual_chroma_subsampling_is_read(sampling: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(surface()).save(stream, "JPEG", subsampling=sampling, quality=95)
    assert np.abs(decode(stream.getvalue(), LIMITS).astype(int) - surface()).mean() < 20


@pytest.mark.parametrize("in_place_of_them", [b"", bytes(300)], ids=["lost", "zeroed"])
@pytest.mark.parametrize("channels", [1, 3])
def test_lost_and_zeroed_bytes_are_damage_although_the_end_marker_is_there(
    channels: int, in_place_of_them: bytes
) -> None:
    data = encoded(".jpg", surface(240, 320, channels))
    start, end = scan_of(data)
    places = np.linspace(start, end - 301, 60).astype(int)
    damaged = [data[:place] + in_place_of_them + data[place + 300 :] for place in places]
    assert sum(is_read(each) for each in damaged) <= 2  # a JPEG has no checksum: chance may end at the right bit


@pytest.mark.parametrize("optimize", [0, 1])
@pytest.mark.parametrize("channels", [1, 3])
def test_an_even_surface_is_no_damage_however_many_zeros_encode_it(optimize: int, channels: int) -> None:
    even = np.full((160, 160, channels), 77, np.uint8)
    assert np.all(decode(encoded(".jpg", even, cv2.IMWRITE_JPEG_OPTIMIZE, optimize), LIMITS) == 77)


def test_a_lost_restart_marker_is_damage() -> None:
    data = jpeg(3, *RESTARTS)
    refused(data.replace(b"\xff\xd2", b"", 1), Reason.UNDECODABLE)


def test_a_lost_restart_interval_is_damage() -> None:
    data = jpeg(3, *RESTARTS)
    first, second = data.index(b"\xff\xd2"), data.index(b"\xff\xd3")
    refused(data[:first] + data[second:], Reason.UNDECODABLE)


def test_an_end_marker_in_the_middle_is_damage() -> None:
    data = jpeg()
    start, end = scan_of(data)
    middle = (start + end) // 2
    refused(data[:middle] + b"\xff\xd9" + data[middle:], Reason.UNDECODABLE)


@pytest.mark.parametrize(("offset", "size"), [(5, 1000), (5, 8), (7, 200), (7, 16)])
def test_a_header_of_another_size_than_the_data_is_damage(offset: int, size: int) -> None:
    data = bytearray(jpeg())
    struct.pack_into(">H", data, data.index(b"\xff\xc0") + offset, size)
    refused(bytes(data), Reason.UNDECODABLE)


@pytest.mark.parametrize("tail", [b"\0" * 40, b"\r\n", b"camera 7", b"\xff\xd9"])
def test_stray_bytes_behind_the_end_are_no_damage(tail: bytes) -> None:
    assert np.array_equal(decode(jpeg() + tail, LIMITS), decode(jpeg(), LIMITS))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("zeros", [1, 2, 3, 7, 64])
def test_zeros_before_the_end_marker_are_no_damage(zeros: int, channels: int) -> None:
    data = encoded(".jpg", np.full((64, 96, channels), 200, np.uint8), cv2.IMWRITE_JPEG_OPTIMIZE, 1)
    assert np.array_equal(decode(data[:-2] + bytes(zeros) + data[-2:], LIMITS), decode(data, LIMITS))


def test_other_bytes_before_the_end_marker_are_damage() -> None:
    refused(jpeg()[:-2] + b"camera 7" + jpeg()[-2:], Reason.UNDECODABLE)


def test_a_header_of_a_rare_kind_is_not_called_damaged() -> None:
    data = bytearray(jpeg())
    data[data.index(b"JFIF") + 5] = 3
    assert "JFIF revision" in refused(bytes(data), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("between", [b"", b"\0" * 7])
def test_several_pictures_are_unsupported(between: bytes) -> None:
    assert "several JPEG pictures" in refused(jpeg() + between + jpeg(), Reason.UNSUPPORTED_FORMAT)


def test_the_thumbnail_in_exif_data_is_no_second_picture() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + jpeg(1)
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    assert decode(jpeg()[:2] + segment + jpeg()[2:], LIMITS).shape == (64, 96, 3)


def test_a_multi_picture_file_is_unsupported() -> None:
    stream = io.BytesIO()
    picture = Image.fromarray(surface())
    picture.save(stream, "MPO", save_all=True, append_images=[picture])
    refused(stream.getvalue(), Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize(
    ("marker", "precision", "named"), [(0xC3, 8, "lossless"), (0xC1, 12, "12 bits"), (0xC5, 8, "hierarchical")]
)
def test_rare_kinds_are_unsupported_by_name(marker: int, precision: int, named: str) -> None:
    data = bytearray(jpeg())
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = marker, precision
    assert named in refused(bytes(data), Reason.UNSUPPORTED_FORMAT)


def test_cmyk_is_unsupported() -> None:
    stream = io.BytesIO()
    Image.fromarray(surface(channels=4), "CMYK").save(stream, "JPEG")
    assert "CMYK" in refused(stream.getvalue(), Reason.UNSUPPORTED_FORMAT)


def test_a_height_that_follows_the_data_is_unsupported() -> None:
    data = bytearray(jpeg())
    struct.pack_into(">H", data, data.index(b"\xff\xc0") + 5, 0)
    assert "DNL" in refused(bytes(data), Reason.UNSUPPORTED_FORMAT)


def test_scans_are_counted_before_any_is_decoded() -> None:
    data = jpeg(3, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    last = data.rindex(b"\xff\xda")
    assert "scans" in refused(data[:-2] + data[last:-2] * MOST_SCANS + data[-2:], Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_a_progressive_picture_without_its_last_scans_is_damage(lost: int) -> None:
    data = jpeg(3, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    for _ in range(lost):
        data = data[: data.rindex(b"\xff\xda")]
    assert "last scans" in refused(data + b"\xff\xd9", Reason.UNDECODABLE)


def test_segments_are_counted() -> None:
    data = jpeg()
    assert "segments" in refused(data[:2] + b"\xff\xfe\0\2" * MOST_SEGMENTS + data[2:], Reason.UNSUPPORTED_FORMAT)


@pytest.mark.parametrize("length", [2, 3, 20])
def test_a_header_alone_is_damage(length: int) -> None:
    refused(b"\xff\xd8\xff\xe0"[:4] + bytes(length), Reason.UNDECODABLE)
