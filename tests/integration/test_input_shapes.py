"""Fits with a region of interest, ignored areas, tiles and padding, and what the service makes of them."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from service.scoring.bundle import Bundle, BundleStore
from service.scoring.image import ImageLimits
from service.scoring.scorer import Scorer
from service.scoring.verdict import find_regions
from tests.support.drawn_parts import draw_part, write_image
from tests.support.fitted import LIBRARY_WARNINGS, SLOW_LINE
from tests.support.tiny_training import QUIET
from training.data.framing import Framing, RoiRequest
from training.data.tiling import TilesRequest
from training.pipelines.fit import fit
from training.pipelines.fit_request import FitRequest

HEIGHT, WIDTH = 80, 160
"""Of the images: a part on the left, and next to it a display that always shows something else."""

OPTIONS = {"epochs": 4, "steps": 8, "width": 8}


def image(seed: int, defect: str | None = None) -> NDArray[np.uint8]:
    pixels = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    pixels[8:72, 8:72] = draw_part(seed, defect)
    pixels[16:64, 100:148] = np.random.default_rng(seed).integers(0, 255, (48, 48, 3))
    return pixels


def png(pixels: NDArray[Any]) -> bytes:
    return cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()


@dataclass(frozen=True, slots=True)
class Set:
    data: Path
    mask: Path


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Set:
    root = tmp_path_factory.mktemp("shapes")
    for seed in range(24):
        write_image(root / "data" / f"{seed:02}.png", image(seed))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[12:68, 96:152] = 255
    return Set(root / "data", write_image(root / "ignore.png", mask))


def fitted(images: Set, store: Path, framing: Framing) -> Scorer:
    request = FitRequest(
        images.data,
        "line",
        BundleStore(store),
        "conv",
        OPTIONS,
        0.2,
        "split",
        framing=framing,
        parts_per_hour=SLOW_LINE,
    )
    with warnings.catch_warnings():
        for message in LIBRARY_WARNINGS:
            warnings.filterwarnings("ignore", message=message, category=DeprecationWarning)
        bundle: Bundle = fit(request, QUIET).bundle
    return Scorer(bundle)


def score(scorer: Scorer, pixels: NDArray[Any]) -> float:
    return scorer.score_encoded(png(pixels), ImageLimits()).prediction.score


def boxes(scorer: Scorer, pixels: NDArray[Any]) -> list[tuple[int, int, int, int]]:
    found = scorer.score_encoded(png(pixels), ImageLimits())
    level = scorer.bundle.manifest.calibration.pixel_threshold
    regions = find_regions(found.prediction.anomaly_map, level, found.size, found.covers)
    return [(each.x, each.y, each.x + each.width, each.y + each.height) for each in regions]


def test_nothing_in_an_ignored_area_changes_a_score(images: Set, tmp_path: Path) -> None:
    """With padding, too, which is no part of the image."""
    scorer = fitted(images, tmp_path, Framing((64, 64), resize="pad", ignore=images.mask))
    plain, other = image(500), image(500)
    other[12:68, 96:152] = 255 - other[12:68, 96:152]
    assert score(scorer, plain) == score(scorer, other)
    outside = image(500)
    outside[:, 80:90] = 255
    assert score(scorer, outside) > score(scorer, plain)
    defect = image(500)
    defect[30:50, 30:50] = 255
    found = boxes(scorer, defect)
    assert any(left <= 40 <= right and top <= 40 <= bottom for left, top, right, bottom in found)
    assert all(0 <= top < bottom <= HEIGHT and 0 <= left < right <= WIDTH for left, top, right, bottom in found)


def test_boxes_of_a_region_of_interest_are_in_pixels_of_the_whole_image(images: Set, tmp_path: Path) -> None:
    framing = Framing((64, 64), RoiRequest((8, 8, 64, 64), in_pixels=True), tiles=TilesRequest(2, 2, 0.25))
    scorer = fitted(images, tmp_path, framing)
    assert (scorer.input.height, scorer.input.width) == (112, 112), "tiles of 64 pixels that share 16"
    defect = image(500)
    defect[50:60, 50:60] = 255
    first, *_ = boxes(scorer, defect)
    assert first[0] <= 55 <= first[2]
    assert first[1] <= 55 <= first[3]
    beyond = image(500)
    beyond[:, 80:] = 255
    assert score(scorer, beyond) == score(scorer, image(500))
