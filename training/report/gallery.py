"""Images beside their reconstructions and maps, all maps on one scale."""

from dataclasses import dataclass
from pathlib import Path

from service.scoring.anomaly_map import to_heat, to_png
from service.scoring.scorer import Scorer
from training.evaluation.scored_images import read_preprocessed, score_file
from training.report.content import ReportContent, name_of
from training.report.images import picture, uri
from training.trainer.result import Reconstructor

LEAST, MOST = 3, 6
"""How many of the least and of the most interesting images are shown."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One image in the gallery: pictures as data URIs; `reconstruction` is empty where it is no image."""

    name: str
    error_ratio: float
    image: str
    reconstruction: str
    heat: str


@dataclass(frozen=True, slots=True)
class Restored:
    """An image, what the network would see of it in training, and what it makes of that; data URIs."""

    name: str
    image: str
    corrupted: str
    restored: str


def galleries(story: ReportContent, scorer: Scorer, views: Reconstructor) -> dict[str, list[Tile]]:
    """Title -> the images to show under it; none without images."""
    ranked = sorted(story.normals, key=lambda file: file.score)
    caught = story.strangest(defects=True, flagged=True)
    alarms = story.strangest(defects=False, flagged=True)
    missed = story.strangest(defects=True, flagged=False)[::-1]
    shown = {
        "Worst false alarms: normal test images, the highest score first": [
            (each.test.path, name_of(each)) for each in alarms[:MOST]
        ],
        "Worst misses: defects that passed, the lowest score first": [
            (each.test.path, name_of(each)) for each in missed[:MOST]
        ],
        "Highest-scoring defects": [(each.test.path, name_of(each)) for each in caught[:MOST]],
        "Least normal of the calibration images": [(file.path, file.path.name) for file in ranked[: -MOST - 1 : -1]],
        "Most normal of the calibration images": [(file.path, file.path.name) for file in ranked[:LEAST]],
    }
    return {
        title: [_tile(path, name, scorer, views) for path, name in files] for title, files in shown.items() if files
    }


def restorations(story: ReportContent, scorer: Scorer, views: Reconstructor) -> list[Restored]:
    """A few calibration images restored from their corruption; none from an autoencoder that is not trained so."""
    found = []
    for file in story.normals[:LEAST]:
        image = read_preprocessed(file.path, scorer.input)
        pair = views.restore(image)
        if pair is None:
            return []
        found.append(Restored(file.path.name, picture(image), picture(pair[0]), picture(pair[1])))
    return found


def _tile(path: Path, name: str, scorer: Scorer, views: Reconstructor) -> Tile:
    seen = score_file(scorer, path)
    calibration = scorer.bundle.manifest.calibration
    made = views.reconstruct(seen.preprocessed)
    return Tile(
        name=name,
        error_ratio=seen.scored.score / calibration.threshold,
        image=picture(seen.preprocessed),
        reconstruction="" if made is None else picture(made),
        heat=uri(to_png(to_heat(seen.scored.anomaly_map, calibration.pixel_threshold))),
    )
