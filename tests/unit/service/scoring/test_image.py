"""Decoding and preprocessing images."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from service.scoring.image import ImageLimits, ImageRejected, Reason, brightness, decode, preprocess, suffix, to_uint8
from service.scoring.manifest import InputSpec
from tests.support.bundles import part, png

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


@pytest.mark.parametrize(
    ("extension", "expected"), [(".jpg", ".jpg"), (".png", ".png"), (".bmp", ".bmp"), (".tiff", ".tif")]
)
def test_the_suffix_of_a_file_follows_from_its_bytes(extension: str, expected: str) -> None:
    assert suffix(encoded(extension, noise((20, 30), np.uint8))) == expected
    assert suffix(b"GIF89a") == suffix(b"") == ""


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


def test_an_8_bit_image_of_the_right_size_is_preprocessed_unchanged() -> None:
    image = noise((16, 16, 3), np.uint8)
    assert np.array_equal(preprocess(image, SPEC), image)


def test_a_mono_image_becomes_three_equal_channels_for_a_colour_graph() -> None:
    image = noise((16, 16), np.uint8)
    assert np.array_equal(preprocess(image, SPEC), np.dstack([image] * 3))


def test_a_colour_image_becomes_its_luma_for_a_mono_graph() -> None:
    image = np.full((16, 16, 3), (255, 0, 0), np.uint8)
    preprocessed = preprocess(image, SPEC.model_copy(update={"channels": 1}))
    assert preprocessed.shape == (16, 16, 1)
    assert np.all(preprocessed == round(0.299 * 255))


@pytest.mark.parametrize("shape", [(7, 90), (300, 20), (16, 16)])
def test_any_size_is_stretched_to_the_graph(shape: tuple[int, int]) -> None:
    preprocessed = preprocess(np.full(shape, 77, np.uint8), SPEC)
    assert preprocessed.shape == (16, 16, 3)
    assert np.all(preprocessed == 77)


def test_16_bit_values_are_spread_over_the_range_of_the_fit_split() -> None:
    spec = InputSpec(height=8, width=8, channels=1, bit_depth=16, black=1000 / 65535, white=5000 / 65535)
    image = np.repeat(np.array([0, 1000, 3010, 5000, 6000], np.uint16), 8 * 8).reshape(5, 8, 8)
    assert [int(preprocess(level, spec)[0, 0, 0]) for level in image] == [0, 0, 128, 255, 255]


def test_a_range_is_mapped_to_8_bits_whatever_the_shape() -> None:
    ranged = to_uint8(np.array([0, 13107, 26214, 65535], np.uint16), black=0.2, white=0.4)
    assert ranged.dtype == np.uint8
    assert ranged.tolist() == [0, 0, 255, 255]


def test_an_8_bit_image_of_full_range_is_returned_itself() -> None:
    image = np.arange(256, dtype=np.uint8)
    assert to_uint8(image, black=0.0, white=1.0) is image


def test_both_depths_of_the_same_picture_preprocess_to_the_same_pixels() -> None:
    image = noise((40, 40, 3), np.uint8)
    narrow, wide = preprocess(image, SPEC), preprocess(image.astype(np.uint16) * 257, SPEC)
    assert int(np.abs(narrow.astype(int) - wide.astype(int)).max()) <= 1


@pytest.mark.parametrize("shape", [(16, 16, 3), (16, 24, 1)])
def test_brightness_is_the_mean_over_all_pixels_and_channels(shape: tuple[int, ...]) -> None:
    image = noise(shape, np.uint8)
    assert brightness(image) == pytest.approx(image.mean())


def test_decoding_what_the_tests_render_gives_the_same_part() -> None:
    assert np.array_equal(decode(png(part(90, 250)), LIMITS), part(90, 250))


def reason_of(data: bytes) -> Reason:
    with pytest.raises(ImageRejected) as rejected:
        decode(data, LIMITS)
    return rejected.value.reason
