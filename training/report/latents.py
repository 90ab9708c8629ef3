"""The report's part about latents: a scatter plot, nearest neighbours, and images along single numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.data.folder import GOOD
from training.data.preprocessed import read_preprocessed
from training.latents.decoder import REACH
from training.latents.neighbours import nearest
from training.report.content import ReportContent
from training.report.figures import latent_scatter
from training.report.images import jpeg, picture, shrunk, uri
from training.trainer.result import Latents, Reconstructor

T = TypeVar("T")

MOST_IMAGES = 300
"""Up to this many normal images, and as many test images, are shown, evenly chosen."""

WORST, NEAREST = 6, 3

AXES, STEPS = 6, 9
"""Axes shown, and steps along each."""

LARGEST_LATENT = 64
"""In a larger latent no single number means much by itself."""

ALIVE = 0.05
"""An axis that varies less than this share of the widest is one the autoencoder does not use."""

FRAME_SIDE = 96


@dataclass(frozen=True, slots=True)
class Neighbours:
    """An image and the normal images with the nearest latents: (name, data URI) each."""

    image: tuple[str, str]
    nearest: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Images decoded along one number of the latent, side by side in one picture of STEPS frames, a data URI."""

    number: int
    frames: str


@dataclass(frozen=True, slots=True)
class LatentPage:
    """What the template shows; `scatter` is empty for a latent of one number."""

    size: int
    scatter: str
    neighbours: list[Neighbours]
    axes: list[Axis]
    steps: int = STEPS
    reach: float = REACH


def latent_page(content: ReportContent, reconstructor: Reconstructor) -> LatentPage | None:
    """The latents of calibration and test images; None from an autoencoder without a latent."""
    normals = [(Path(image.key), image.latent) for image in _evenly(content.normals.images) if image.latent is not None]
    if not normals:
        return None
    latents = np.stack([latent for _, latent in normals])
    groups = {"calibration normals": latents}
    tests = [(image.kind, image.prediction.latent) for image in _evenly(content.judged.images)]
    for kind in sorted({kind for kind, _ in tests}, key=lambda kind: (kind != GOOD, kind)):
        groups[kind] = np.stack([latent for of_kind, latent in tests if of_kind == kind and latent is not None])
    return LatentPage(
        size=latents.shape[1],
        scatter=uri(latent_scatter(groups)) if latents.shape[1] > 1 else "",
        neighbours=_neighbours(content, [path for path, _ in normals], latents),
        axes=_axes(latents, reconstructor),
    )


def _neighbours(content: ReportContent, normals: list[Path], latents: Latents) -> list[Neighbours]:
    """The worst images, or without test images the least normal ones, each with the normal images nearest to it."""
    found = []
    for image in (content.worst or content.normals.highest)[:WORST]:
        latent = image.found.prediction.latent
        if latent is not None:
            rows = [row for row, _ in nearest(latent, latents, NEAREST + 1, "euclid")]
            paths = [normals[row] for row in rows if normals[row] != image.path][:NEAREST]
            spec = content.manifest.input
            others = [(path.name, picture(read_preprocessed(path, spec), FRAME_SIDE)) for path in paths]
            found.append(Neighbours((image.name, picture(image.found.pixels, FRAME_SIDE)), others))
    return found


def _axes(latents: Latents, reconstructor: Reconstructor) -> list[Axis]:
    """Images along the axes on which normal images spread most, all other numbers at their mean."""
    if latents.shape[1] > LARGEST_LATENT:
        return []
    mean, spread = latents.mean(axis=0), latents.std(axis=0)
    widest = [int(axis) for axis in np.argsort(-spread)[:AXES] if spread[axis] > ALIVE * spread.max()]
    along = np.tile(mean, (len(widest), STEPS, 1))
    for row, axis in enumerate(widest):
        along[row, :, axis] += np.linspace(-REACH, REACH, STEPS) * spread[axis]
    made = reconstructor.decode(along.reshape(-1, latents.shape[1])) if widest else None
    if made is None:
        return []
    frames = made.reshape(len(widest), STEPS, *made.shape[1:])
    return [Axis(axis + 1, _strip(frames[row])) for row, axis in enumerate(widest)]


def _strip(frames: NDArray[np.uint8]) -> str:
    """Frames [n, height, width, channels] side by side: one small file, and nothing to load when a slider moves."""
    return jpeg(np.concatenate([shrunk(frame, FRAME_SIDE) for frame in frames], axis=1))


def _evenly(items: Sequence[T]) -> list[T]:
    step = max(1, -(-len(items) // MOST_IMAGES))
    return list(items[::step])
