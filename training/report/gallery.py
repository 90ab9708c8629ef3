"""Images next to their reconstructions and anomaly maps, all maps on one scale."""

from dataclasses import dataclass

from service.scoring.manifest import Calibration
from service.scoring.map_rendering import to_heat, to_png
from training.evaluation.shortlist import ShownImage
from training.report.content import ReportContent
from training.report.images import picture, uri
from training.trainer.result import Reconstructor

FEW = 3
"""Images in the shorter lists; the others are as long as a Shortlist."""


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


def galleries(content: ReportContent, reconstructor: Reconstructor) -> dict[str, list[Tile]]:
    """Title -> the images to show under it; none without images."""
    normals, judged = content.normals, content.judged
    shown = {
        "Worst false alarms: normal test images, the highest score first": judged.false_alarms,
        "Worst misses: defects that passed, the lowest score first": judged.misses,
        "Highest-scoring defects": judged.caught,
        "Least normal of the calibration images": normals.highest,
        "Most normal of the calibration images": normals.lowest[:FEW],
    }
    calibration = content.manifest.calibration
    return {
        title: [_tile(image, calibration, reconstructor) for image in images]
        for title, images in shown.items()
        if images
    }


def restorations(content: ReportContent, reconstructor: Reconstructor) -> list[Restored]:
    """A few calibration images restored from their corruption; none from an autoencoder that is not trained so."""
    restored = []
    for image in content.normals.first[:FEW]:
        pair = reconstructor.restore(image.found.pixels)
        if pair is None:
            return []
        restored.append(Restored(image.name, picture(image.found.pixels), picture(pair[0]), picture(pair[1])))
    return restored


def _tile(image: ShownImage, calibration: Calibration, reconstructor: Reconstructor) -> Tile:
    made = reconstructor.reconstruct(image.found.pixels)
    return Tile(
        name=image.name,
        error_ratio=image.found.prediction.score / calibration.threshold,
        image=picture(image.found.pixels),
        reconstruction="" if made is None else picture(made),
        heat=uri(to_png(to_heat(image.found.prediction.anomaly_map, calibration.pixel_threshold))),
    )
