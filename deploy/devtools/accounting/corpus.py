"""What a numbered image shows: a few encodings with known outcomes on the tiny bundle, over and over."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.devtools.accounting.ledger import Kind
from deploy.devtools.tiny_bundle import part, png

DEFAULT_STREAM = b"default"
DARK, BRIGHT = (20, 100), (170, 250)
"""Grey values well below and well above the tiny bundle's threshold, so that no encoding moves a part across."""


@dataclass(frozen=True, slots=True)
class Image:
    """The bytes of a record, its headers, and the outcome that it has to get."""

    value: bytes
    expected: Kind
    headers: tuple[tuple[str, bytes], ...] = (("stream", DEFAULT_STREAM),)


def tiny() -> Sequence[Image]:
    """Small PNG images: of 20, one anomaly and one dead letter."""
    passes = [Image(png(part(20 + 4 * i)), Kind.PASS) for i in range(18)]
    return [*passes[:9], Image(png(part(60, 220)), Kind.ANOMALY), *passes[9:], Image(b"no image", Kind.DEAD_LETTER)]


def mixed(seed: int) -> Sequence[Image]:
    """600 images: JPEG, PNG, BMP and TIFF of 24 to 640 pixels, 1 in 20 an anomaly, and 1 in 20 a dead letter."""
    random = np.random.default_rng(seed)
    good = [_encoded(random, DARK, Kind.PASS) for _ in range(540)]
    bright = [_encoded(random, BRIGHT, Kind.ANOMALY) for _ in range(30)]
    dead = [each for _ in range(5) for each in _dead_letters(good[0].value)]
    images = [*good, *bright, *dead]
    return [images[i] for i in random.permutation(len(images))]


def _encoded(random: np.random.Generator, grey: tuple[int, int], kind: Kind) -> Image:
    side = int(random.choice([24, 32, 64, 160, 320, 640], p=[0.3, 0.3, 0.2, 0.1, 0.06, 0.04]))
    suffix = str(random.choice([".png", ".jpg", ".bmp", ".tiff"], p=[0.4, 0.4, 0.1, 0.1]))
    shape = (side, side, 3) if random.random() < 0.5 else (side, side)  # noqa: PLR2004 - half of them in colour
    level = int(random.integers(*grey))
    pixels: NDArray[np.uint8] = (level + random.integers(-4, 5, shape)).astype(np.uint8)
    return Image(cv2.imencode(suffix, pixels)[1].tobytes(), kind)


def _dead_letters(good: bytes) -> list[Image]:
    """One image of each of six kinds that cannot be scored."""
    return [
        Image(b"", Kind.DEAD_LETTER),
        Image(b"no image", Kind.DEAD_LETTER),
        Image(png(part(60))[:60], Kind.DEAD_LETTER),
        Image(b"GIF89a" + bytes(40), Kind.DEAD_LETTER),
        Image(good, Kind.DEAD_LETTER, (("stream", b"another-line"),)),
        Image(good, Kind.DEAD_LETTER, (("stream", DEFAULT_STREAM), ("captured_at", b"yesterday"))),
    ]
