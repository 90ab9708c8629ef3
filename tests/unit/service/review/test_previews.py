"""Images as a browser can show them."""

import cv2
import numpy as np
import pytest

from service.review.previews import for_browser, thumbnail
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.input_spec import InputSpec

LIMITS = ImageLimits()
GREY = np.full((20, 30), 100, np.uint8)
BAND = np.linspace(1000, 4000, 600).reshape(20, 30).astype(np.uint16)
"""As of a 12-bit camera in a 16-bit file."""


def encoded(image: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, image)[1].tobytes()


def decoded(data: bytes) -> np.ndarray:
    found: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found


def no_bundle() -> None:
    return None


def not_asked() -> None:
    pytest.fail("the bundle need not be loaded for this image")


@pytest.mark.parametrize(("suffix", "kind"), [(".jpg", "image/jpeg"), (".png", "image/png")])
def test_what_browsers_know_is_sent_as_it_is(suffix: str, kind: str) -> None:
    image = encoded(GREY, suffix)
    assert for_browser(image, LIMITS, not_asked) == (image, kind)


@pytest.mark.parametrize("suffix", [".bmp", ".tiff"])
def test_what_browsers_do_not_know_becomes_a_png(suffix: str) -> None:
    picture, kind = for_browser(encoded(GREY, suffix), LIMITS, not_asked)
    assert kind == "image/png"
    assert np.array_equal(decoded(picture).squeeze(), GREY)


def test_sixteen_bits_are_shown_in_the_bundles_range() -> None:
    spec = InputSpec(height=8, width=8, channels=1, bit_depth=16, black=0.0, white=8000 / 65535)
    shown = decoded(for_browser(encoded(BAND, ".png"), LIMITS, lambda: spec)[0])
    assert shown.dtype == np.uint8
    assert (shown.shape[:2], shown.max()) == (BAND.shape, round(255 * 4000 / 8000))


def test_without_a_bundle_sixteen_bits_are_shown_in_their_own_range() -> None:
    shown = decoded(for_browser(encoded(BAND, ".tiff"), LIMITS, no_bundle)[0])
    assert (shown.min(), shown.max()) == (0, 255)


def test_a_flat_image_of_sixteen_bits_can_be_shown() -> None:
    flat = np.full((8, 8), 500, np.uint16)
    assert decoded(for_browser(encoded(flat, ".png"), LIMITS, no_bundle)[0]).shape[:2] == (8, 8)
    assert decoded(for_browser(encoded(np.zeros((8, 8), np.uint16), ".png"), LIMITS, no_bundle)[0]).max() == 0


def test_a_thumbnail_keeps_its_shape_and_colour() -> None:
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[..., 2] = 250
    small = decoded(thumbnail(encoded(wide, ".png"), LIMITS, not_asked)[0])
    assert small.shape == (48, 192, 3)
    assert small[..., 2].min() > 230
    assert small[..., 0].max() < 30


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(ImageRejected, match="expected JPEG, PNG, BMP or TIFF"):
        for_browser(b"nonsense", LIMITS, no_bundle)
