"""Hostile images: what the service makes of one is right, or a fault that says why."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deploy.fuzz.dice import Dice
from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.jpeg_bytes import END, jpeg
from deploy.fuzz.encodings.png_bytes import GREY, png
from deploy.fuzz.hostile import Hostile
from deploy.fuzz.images import family
from deploy.fuzz.images.family import EIGHT, Images
from service.scoring.image import ImageRejected, Reason
from service.scoring.preprocessing import preprocess

GREY8 = picture.grey8()
WHOLE = png(GREY8, 8, GREY)


def judged(data: bytes, monkeypatch: pytest.MonkeyPatch, pixels: np.ndarray | ImageRejected) -> str:
    """The fault, if the service made these pixels, or this refusal, of an image."""

    def prepare(*_: Any) -> SimpleNamespace:
        if isinstance(pixels, ImageRejected):
            raise pixels
        return SimpleNamespace(size=pixels.shape[:2], pixels=preprocess(pixels, EIGHT))

    monkeypatch.setattr(family, "decode", lambda *_: pixels)
    monkeypatch.setattr(family, "decode_for", lambda *_: SimpleNamespace(pixels=pixels))
    workers: Any = SimpleNamespace(prepare=prepare)
    return Images(workers).judge(Hostile("PNG", data, GREY8)).fault


def test_the_reference_s_pixels_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(WHOLE, monkeypatch, GREY8) == ""


def test_one_other_pixel_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    other = GREY8.copy()
    other[0, 0] += 1
    assert judged(WHOLE, monkeypatch, other).startswith("pixels differ by 1 grey levels")


def test_pixels_of_a_damaged_file_are_a_fault_unless_they_are_the_picture_s(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(WHOLE[:-20], monkeypatch, 255 - GREY8) == "accepted, but by the reference damage: cut off"
    assert judged(WHOLE[:-20], monkeypatch, GREY8) == ""


def test_a_jpeg_closed_early_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    half = jpeg(GREY8)[:-200] + END
    assert judged(half, monkeypatch, 255 - GREY8) == "accepted, but by the reference damage: data ends early"


@pytest.mark.parametrize(
    ("reason", "message", "right"),
    [
        (Reason.UNDECODABLE, "expected a whole image", True),
        (Reason.UNDECODABLE, "found one that the decoder fails on (KeyError)", False),
        (Reason.UNDECODABLE, "found one that takes too long", False),
        (Reason.BAD_HEADER, "expected a header", False),
        (Reason.TOO_LARGE, "expected at most", False),
    ],
)
def test_only_documented_reasons_are_right(
    reason: Reason, message: str, right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (judged(WHOLE, monkeypatch, ImageRejected(reason, message)) == "") == right


def test_the_same_number_makes_the_same_image() -> None:
    made = [Images().make(Dice(7, number)).data for number in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
