"""Decoding images: right pixels, or the reason why not."""

import io
import re
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from service.scoring.decoding import check_image, decode, decode_for, decoder
from service.scoring.image import ImageLimits, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from tests.support.bundles import part, png
from tests.support.encoded import photograph, surface

LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=100_000)
SPEC = InputSpec(height=16, width=16, channels=3)


def noise(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def encoded(extension: str, image: np.ndarray) -> bytes:
    return cv2.imencode(extension, image)[1].tobytes()


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tiff"])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)], ids=["mono", "colour"])
def test_lossless_8_bit_formats_come_back_exactly(extension: str, shape: tuple[int, ...]) -> None:
    image = noise(shape, np.uint8)
    decoded = decode(encoded(extension, image), LIMITS)
    expected = image[..., ::-1] if image.ndim == 3 else image
    assert np.array_equal(decoded, expected)


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)], ids=["mono", "colour"])
def test_16_bit_images_keep_all_their_bits(extension: str, shape: tuple[int, ...]) -> None:
    image = noise(shape, np.uint16)
    decoded = decode(encoded(extension, image), LIMITS)
    assert decoded.dtype == np.uint16
    assert np.array_equal(decoded, image[..., ::-1] if image.ndim == 3 else image)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_is_dropped(dtype: type) -> None:
    image = noise((20, 30, 4), dtype)
    assert np.array_equal(decode(encoded(".png", image), LIMITS), image[..., 2::-1])


def test_a_palette_image_is_expanded_to_colour() -> None:
    stream = io.BytesIO()
    Image.fromarray(noise((20, 30, 3), np.uint8)).quantize(8).save(stream, "PNG")
    assert decode(stream.getvalue(), LIMITS).shape == (20, 30, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_exif_orientation_is_applied(kind: str) -> None:
    exif, stream = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.fromarray(noise((20, 30, 3), np.uint8)).save(stream, kind, exif=exif)
    assert decode(stream.getvalue(), LIMITS).shape == (30, 20, 3)


def test_no_bytes_are_empty() -> None:
    assert reason_of(b"") == Reason.EMPTY


def test_too_many_bytes_are_refused_before_anything_else() -> None:
    assert reason_of(b"\xff\xd8\xff" + bytes(LIMITS.max_bytes)) == Reason.TOO_LARGE


def test_too_many_pixels_are_refused_from_the_header_alone() -> None:
    header_only = encoded(".png", np.zeros((400, 400), np.uint8))[:60]
    assert reason_of(header_only) == Reason.TOO_LARGE


def test_a_claim_of_gigapixels_is_refused_from_the_header_alone() -> None:
    data = bytearray(encoded(".bmp", np.zeros((4, 4), np.uint8)))
    data[18:26] = np.array([60_000, 60_000], "<i4").tobytes()
    assert reason_of(bytes(data)) == Reason.TOO_LARGE


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_other_formats_are_unsupported(kind: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(noise((20, 30, 3), np.uint8)).save(stream, kind)
    assert reason_of(stream.getvalue()) == Reason.UNSUPPORTED_FORMAT


def test_floating_point_pixels_are_unsupported() -> None:
    assert reason_of(encoded(".tiff", noise((20, 30), np.uint8).astype(np.float32))) == Reason.UNSUPPORTED_FORMAT


def test_several_pages_are_unsupported() -> None:
    page, stream = Image.fromarray(noise((20, 30), np.uint8)), io.BytesIO()
    page.save(stream, "TIFF", save_all=True, append_images=[page])
    assert reason_of(stream.getvalue()) == Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("extension", [".jpg", ".png", ".bmp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_cut_off_image_is_undecodable(extension: str, share: float) -> None:
    data = encoded(extension, noise((60, 80, 3), np.uint8))
    assert reason_of(data[: int(len(data) * share)]) == Reason.UNDECODABLE


def test_a_cut_off_tiff_is_undecodable() -> None:
    data = encoded(".tiff", noise((60, 80, 3), np.uint8))
    assert reason_of(data[: len(data) // 2]) == Reason.UNDECODABLE


def test_a_rejection_says_what_was_expected_and_found() -> None:
    with pytest.raises(ImageRejected, match=r"expected JPEG, PNG, BMP or TIFF, found bytes starting 68 65 6c 6c 6f"):
        decode(b"hello", LIMITS)


def test_decoding_what_the_tests_render_gives_the_same_part() -> None:
    assert np.array_equal(decode(png(part(90, 250)), LIMITS), part(90, 250))


def reason_of(data: bytes) -> Reason:
    with pytest.raises(ImageRejected) as rejected:
        decode(data, LIMITS)
    return rejected.value.reason


def test_the_limit_of_pixels_alone_decides_how_large_an_image_may_be() -> None:
    height, width = 15_000, 20_000
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 1, 0, 0, 0, 0, 2, 0)
    start = 14 + len(header) + 8
    image = b"BM" + struct.pack("<IHHI", 0, 0, 0, start) + header + bytes(8) + bytes(width // 8 * height)
    large = ImageLimits(max_bytes=len(image), max_pixels=height * width)
    with pytest.raises(ImageRejected, match="max_image_pixels"):
        decode(image, ImageLimits(max_bytes=len(image)))
    assert decode(image, large).shape == (height, width)
    assert Image.MAX_IMAGE_PIXELS is None  # Pillow's own is 179 million


@pytest.mark.parametrize("second", [".png", ".jpg", ".bmp", ".tiff"])
@pytest.mark.parametrize("first", [".png", ".jpg", ".bmp", ".tiff"])
@pytest.mark.parametrize("padding", [b"", bytes(3)], ids=["at once", "padded"])
def test_another_picture_behind_the_first_is_refused_and_not_dropped(first: str, second: str, padding: bytes) -> None:
    image = noise((20, 30, 3), np.uint8)
    with pytest.raises(ImageRejected, match="several") as refused:
        decode(encoded(first, image) + padding + encoded(second, image), LIMITS)
    assert refused.value.reason is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("extension", [".png", ".jpg", ".bmp", ".tiff"])
@pytest.mark.parametrize("behind", [b"stray", bytes(100), b"\0\0B"])
def test_stray_bytes_behind_an_image_change_nothing(extension: str, behind: bytes) -> None:
    image = encoded(extension, noise((20, 30, 3), np.uint8))
    assert np.array_equal(decode(image + behind, LIMITS), decode(image, LIMITS))


REDUCED = SPEC.model_copy(update={"margin": 2.0})


def test_a_jpeg_is_decoded_no_larger_than_its_graph_asks_for() -> None:
    data = encoded(".jpg", surface(160, 240))
    found = decode_for(data, LIMITS, REDUCED)
    assert found.size == (160, 240)
    assert found.pixels.shape == (40, 60, 3)
    assert decode_for(data, LIMITS, REDUCED.model_copy(update={"width": 61})).pixels.shape == (160, 240, 3)


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tiff"])
def test_other_formats_are_decoded_whole(extension: str) -> None:
    image = noise((160, 240), np.uint8)
    found = decode_for(encoded(extension, image), LIMITS, REDUCED)
    assert np.array_equal(found.pixels, image)
    assert found.size == (160, 240)


def test_bundles_of_earlier_releases_see_the_whole_jpeg() -> None:
    data = encoded(".jpg", surface(160, 240))
    assert np.array_equal(decode_for(data, LIMITS, SPEC).pixels, decode(data, LIMITS))


@pytest.mark.parametrize(("extension", "ways"), [(".jpg", 2), (".png", 1)])
def test_graphs_that_want_an_image_in_the_same_way_share_its_pixels(extension: str, ways: int) -> None:
    decode_once = decoder(encoded(extension, surface(160, 240)), LIMITS)
    mono = REDUCED.model_copy(update={"channels": 1})
    found = [decode_once(spec) for spec in (SPEC, REDUCED, mono, SPEC)]
    assert len({id(each) for each in found}) == ways


def test_the_limit_of_pixels_is_that_of_the_image_as_it_was_sent() -> None:
    data = encoded(".jpg", surface(160, 240))
    with pytest.raises(ImageRejected) as rejected:
        decode_for(data, ImageLimits(max_pixels=160 * 240 - 1), REDUCED)
    assert rejected.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(400, 520), (900, 700), (1300, 1100)])
def test_reducing_changes_pixels_less_than_jpeg_quality_does(size: tuple[int, int], channels: int) -> None:
    spec = InputSpec.model_validate({"height": 128, "width": 128, "channels": channels, "margin": 1.5})
    limits = ImageLimits()
    fine, coarse = (
        cv2.imencode(".jpg", photograph(*size, channels), [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        for quality in (95, 90)
    )

    def distance(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))

    whole = preprocess(decode(fine, limits), spec)
    reduced = preprocess(decode_for(fine, limits, spec).pixels, spec)
    assert 0.0 < distance(whole, reduced) < distance(whole, preprocess(decode(coarse, limits), spec))


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tiff", ".jpg"])
def test_what_cannot_be_an_image_is_refused_without_decoding_in_the_same_words(extension: str) -> None:
    whole = encoded(extension, photograph(20, 30))
    check_image(whole, LIMITS)
    for data in (b"", b"GIF89a", whole[:12], whole[:-20], whole + whole, whole[:4] + bytes(len(whole) - 4)):
        with pytest.raises(ImageRejected) as refused:
            check_image(data, LIMITS)
        with pytest.raises(ImageRejected, match=re.escape(str(refused.value))):
            decode(data, LIMITS)
    with pytest.raises(ImageRejected) as refused:
        check_image(whole, ImageLimits(max_pixels=100))
    assert refused.value.reason == Reason.TOO_LARGE
