"""Pillow as a decoder: all bits, and one kind of error."""

import numpy as np
import pytest

from service.scoring.formats.pillow import stored, wide_colour
from service.scoring.image import ImageRejected, Reason
from tests.support.encoded import encoded, noise, tiff


@pytest.mark.parametrize("channels", [3, 4])
def test_colour_of_16_bits_keeps_all_of_them_in_png(channels: int) -> None:
    image = noise((130, 30, channels), np.uint16)
    assert np.array_equal(wide_colour(encoded(".png", image), "PNG"), image[..., 2::-1])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"compression": "lzw", "predictor": 2}], ids=str)
@pytest.mark.parametrize("channels", [3, 4])
def test_colour_of_16_bits_keeps_all_of_them_in_tiff(channels: int, options: dict[str, object], order: str) -> None:
    image = noise((20, 30, channels), np.uint16)
    extra = {"extrasamples": (0,)} if channels == 4 else {}
    data = tiff(image, photometric="rgb", byteorder=order, **options, **extra)
    assert np.array_equal(wide_colour(data, "TIFF"), image[..., :3])


@pytest.mark.parametrize("order", ["<", ">"])
def test_grey_of_16_bits_is_in_the_byte_order_of_this_machine(order: str) -> None:
    image = noise((20, 30), np.uint16)
    found = stored(tiff(image, byteorder=order), "TIFF")
    assert found.dtype == np.uint16
    assert np.array_equal(found, image)


def test_whatever_pillow_raises_is_damage() -> None:
    with pytest.raises(ImageRejected) as rejected:
        stored(encoded(".png", noise((20, 30)))[:300], "PNG")
    assert rejected.value.reason is Reason.UNDECODABLE
