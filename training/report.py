"""report.html: the evidence behind a bundle, in one file that opens anywhere."""

import base64
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import cv2
import jinja2
import numpy as np
from numpy.typing import NDArray

from service.scoring.manifest import Manifest
from service.scoring.picture import to_heat, to_png
from service.scoring.scorer import Scorer
from service.scoring.verdict import Verdict
from training.dataset import LeftOut, TestImage
from training.figures import loss_curve, score_histogram
from training.learned import History, Reconstruct
from training.scored import ScoredFile, score_file

REPORT = "report/report.html"

LEAST, MOST = 3, 6
"""How many of the least and of the most normal images are shown."""

TILE_SIDE = 200


@dataclass(frozen=True, slots=True)
class Story:
    """All that the report tells of a fit."""

    data: Path
    manifest: Manifest
    history: History
    left_out: tuple[LeftOut, ...]
    normals: tuple[ScoredFile, ...]
    judged: tuple[tuple[TestImage, Verdict], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Tile:
    """One image in the gallery: pictures as data URIs; `reconstruction` is empty where it is no image."""

    name: str
    error_ratio: float
    image: str
    reconstruction: str
    heat: str


def render(story: Story, scorer: Scorer, reconstruct: Reconstruct) -> str:
    """Write the report as one HTML page, figures embedded."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("training"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    manifest = story.manifest
    good = [verdict.score for test, verdict in story.judged if not test.is_defect]
    defects = [verdict.score for test, verdict in story.judged if test.is_defect]
    return environment.get_template("report.html").render(
        story=story,
        manifest=manifest,
        calibration=manifest.calibration,
        evaluation=manifest.evaluation,
        machine=_machine(),
        loss_curve=_uri(loss_curve(story.history)),
        histogram=_uri(score_histogram(manifest.calibration, good, defects)),
        galleries={
            title: [_tile(path, name, scorer, reconstruct) for path, name in files]
            for title, files in _galleries(story).items()
            if files
        },
    )


def _galleries(story: Story) -> dict[str, list[tuple[Path, str]]]:
    """Title -> the files to show and what to call them."""
    ranked = sorted(story.normals, key=lambda file: file.score)
    strangest = sorted(story.judged, key=lambda each: -each[1].score)
    missed = [each for each in reversed(strangest) if each[0].is_defect and each[1].decision == "pass"]
    return {
        "Most normal of the calibration images": [(file.path, file.path.name) for file in ranked[:LEAST]],
        "Least normal of the calibration images": [(file.path, file.path.name) for file in ranked[: -MOST - 1 : -1]],
        "Strangest test images": [(test.path, f"{test.kind}/{test.path.name}") for test, _ in strangest[:MOST]],
        "Defects missed, the least strange first": [
            (test.path, f"{test.kind}/{test.path.name}") for test, _ in missed[:LEAST]
        ],
    }


def _tile(path: Path, name: str, scorer: Scorer, reconstruct: Reconstruct) -> Tile:
    seen = score_file(scorer, path)
    calibration = scorer.bundle.manifest.calibration
    made = reconstruct(seen.prepared)
    return Tile(
        name=name,
        error_ratio=seen.scored.score / calibration.threshold,
        image=_picture(seen.prepared),
        reconstruction="" if made is None else _picture(made),
        heat=_uri(to_png(to_heat(seen.scored.anomaly_map, calibration.pixel_threshold))),
    )


def _picture(pixels: NDArray[np.uint8]) -> str:
    """uint8 [height, width, 1 or 3], no larger than a tile, as a data URI."""
    scale = TILE_SIDE / max(pixels.shape[:2])
    if scale < 1.0:
        size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)  # type: ignore[assignment] # cv2 forgets the dtype
    return _uri(to_png(pixels if pixels.shape[2] == 3 else pixels[..., 0]))  # noqa: PLR2004 - RGB


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _machine() -> str:
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _processor() -> str:
    """The processor's name where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
