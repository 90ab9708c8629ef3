"""What the codes of images tell: how they lie to each other, what is alike, what each number of a code does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from service.scoring.manifest import InputSpec
from training.data.folder import GOOD
from training.evaluation.scored_images import read_preprocessed
from training.latents.decoder import REACH
from training.latents.neighbours import nearest
from training.report.content import ReportContent, name_of
from training.report.figures import code_scatter
from training.report.images import jpeg, picture, shrunk, uri
from training.trainer.result import Codes, Reconstructor

T = TypeVar("T")

MOST_CODES = 300
"""At most so many normal images and so many test images are shown, evenly chosen."""

WORST, NEAREST = 6, 3

AXES, STEPS = 6, 9
"""So many axes are shown, in so many steps."""

LARGEST_CODE = 64
"""In a larger code no single number means much by itself."""

ALIVE = 0.05
"""An axis that spreads less than this share of the widest is one the autoencoder does not use."""

FRAME_SIDE = 96


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An image and the normal images with the nearest codes: (name, data URI) each."""

    image: tuple[str, str]
    nearest: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Images decoded along one number of the code, side by side in one picture of STEPS frames, a data URI."""

    number: int
    frames: str


@dataclass(frozen=True, slots=True)
class CodePage:
    """The report's part about codes; `scatter` is empty for a code of one number."""

    size: int
    scatter: str
    alike: list[Neighbour]
    axes: list[Axis]
    steps: int = STEPS
    reach: float = REACH


def code_page(story: ReportContent, spec: InputSpec, views: Reconstructor) -> CodePage | None:
    """Look at the codes of calibration and test images; None from an autoencoder without a code."""
    normals = [(file.path, file.code) for file in _evenly(story.normals) if file.code is not None]
    if not normals:
        return None
    codes = np.stack([code for _, code in normals])
    groups = {"calibration normals": codes}
    tests = [(each.test.kind, each.scored.latent) for each in _evenly(story.judged)]
    for kind in sorted({kind for kind, _ in tests}, key=lambda kind: (kind != GOOD, kind)):
        groups[kind] = np.stack([code for of_kind, code in tests if of_kind == kind and code is not None])
    return CodePage(
        size=codes.shape[1],
        scatter=uri(code_scatter(groups)) if codes.shape[1] > 1 else "",
        alike=_alike(story, [path for path, _ in normals], codes, spec),
        axes=_axes(codes, views),
    )


def _alike(story: ReportContent, normals: list[Path], codes: Codes, spec: InputSpec) -> list[Neighbour]:
    """The worst images, or without test images the least normal ones, each beside what its code says it is like."""
    least_normal = sorted(story.normals, key=lambda file: -file.score)
    asked = [(each.test.path, name_of(each), each.scored.latent) for each in story.worst]
    asked = asked or [(file.path, file.path.name, file.code) for file in least_normal]
    found = []
    for path, name, code in asked[:WORST]:
        if code is not None:
            rows = [row for row, _ in nearest(code, codes, NEAREST + 1, "euclid")]
            like = [normals[row] for row in rows if normals[row] != path][:NEAREST]
            found.append(Neighbour((name, _show(path, spec)), [(each.name, _show(each, spec)) for each in like]))
    return found


def _axes(codes: Codes, views: Reconstructor) -> list[Axis]:
    """Images along the axes on which normal images spread most, all other numbers at their mean."""
    if codes.shape[1] > LARGEST_CODE:
        return []
    mean, spread = codes.mean(axis=0), codes.std(axis=0)
    widest = [int(axis) for axis in np.argsort(-spread)[:AXES] if spread[axis] > ALIVE * spread.max()]
    along = np.tile(mean, (len(widest), STEPS, 1))
    for row, axis in enumerate(widest):
        along[row, :, axis] += np.linspace(-REACH, REACH, STEPS) * spread[axis]
    made = views.decode(along.reshape(-1, codes.shape[1])) if widest else None
    if made is None:
        return []
    frames = made.reshape(len(widest), STEPS, *made.shape[1:])
    return [Axis(axis + 1, _strip(frames[row])) for row, axis in enumerate(widest)]


def _strip(frames: NDArray[np.uint8]) -> str:
    """Frames [n, height, width, channels] side by side: one small file, and nothing to load when a slider moves."""
    return jpeg(np.concatenate([shrunk(frame, FRAME_SIDE) for frame in frames], axis=1))


def _evenly(items: Sequence[T]) -> list[T]:
    step = max(1, -(-len(items) // MOST_CODES))
    return list(items[::step])


def _show(path: Path, spec: InputSpec) -> str:
    return picture(read_preprocessed(path, spec), FRAME_SIDE)
