"""Milliseconds of decoding alone, on one thread: all pixels, and what the bundle's input needs of them."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deploy.benchmarks.speed.pictures import CAMERA, LARGE, megapixels, pictures
from service.scoring.bundle import Bundle
from service.scoring.decoding import decode
from service.scoring.image import ImageLimits
from service.scoring.workers.prepare import prepare

LIMITS = ImageLimits()


@dataclass(frozen=True)
class DecodeFigures:
    """Of JPEGs of 0.8 and 5 megapixels; *prepared* is decoded as the bundle's input wants it, and resized."""

    full_ms: float
    """All pixels of the smaller one."""
    prepared_ms: float
    prepared_large_ms: float
    prepared_ms_per_megapixel: float
    """What each further megapixel takes."""
    prepared_png_ms: float
    """Of a PNG of the smaller size."""


def measure_decoding(bundle: Bundle, rounds: int) -> DecodeFigures:
    """Measure; the ways take turns."""
    spec = bundle.manifest.input
    small, large, png = (
        pictures(bundle, size, extension, 1)[0]
        for size, extension in ((CAMERA, ".jpg"), (LARGE, ".jpg"), (CAMERA, ".png"))
    )
    prepared = [partial(prepare, data, LIMITS, [spec]) for data in (small, large, png)]
    full, prepared_small, prepared_large, prepared_png = _medians([partial(decode, small, LIMITS), *prepared], rounds)
    return DecodeFigures(
        full_ms=full,
        prepared_ms=prepared_small,
        prepared_large_ms=prepared_large,
        prepared_ms_per_megapixel=(prepared_large - prepared_small) / (megapixels(LARGE) - megapixels(CAMERA)),
        prepared_png_ms=prepared_png,
    )


def _medians(ways: list[Callable[[], object]], rounds: int) -> list[float]:
    taken = [[_milliseconds(way) for way in ways] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def _milliseconds(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return 1000 * (time.perf_counter() - started)
