"""Stretch or pad images of mixed proportions: pad if synthetic defects clearly stand out better."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from service.scoring.input_spec import InputSpec, Resize
from service.scoring.preprocessing import preprocess, to_uint8
from training.data.normal_set import ImageFile, NormalSet
from training.data.pixels import read_pixels
from training.data.preprocessed import preprocess_files
from training.data.synthetic_defects import SYNTHESIS_SEED, defects_of_each
from training.progress import Progress, silent
from training.statistics.detection_metrics import auroc

if TYPE_CHECKING:  # they load TensorFlow
    from training.autoencoders.base import Autoencoder
    from training.autoencoders.scoring_graph import ScoringGraph

MIXED = 1.25
"""A set is of mixed proportions if the middle nine tenths of its images span more than this factor."""

MOST_FITTED, MOST_SHOWN = 200, 16
"""Images that each is fitted on, and that get synthetic defects, at most."""

LEAST_SHOWN = 4

CHOICES: tuple[Resize, Resize] = ("stretch", "pad")
"""In doubt the first."""

RESAMPLINGS, SURE = 400, 0.95
"""Of the images that are shown, and the share of them in which the second must be better."""


@dataclass(frozen=True, slots=True)
class ResizeChoice:
    """What was chosen, and the AUROC of synthetic defects under each."""

    chosen: Resize
    aurocs: dict[Resize, float]

    def sentence(self) -> str:
        found = ", ".join(f"{name} {value:.3f}" for name, value in self.aurocs.items())
        if self.aurocs[self.chosen] < max(self.aurocs.values()):
            found += ": no clear difference"
        return f"images of mixed proportions: --resize {self.chosen}, by the AUROC of synthetic defects ({found})"


def is_mixed(normal: NormalSet) -> bool:
    """Whether images are of so different proportions that it matters how they are brought to one size."""
    low, high = np.quantile([image.width / image.height for image in normal.images], [0.05, 0.95])
    return bool(high / low > MIXED)


def choose_resize(
    normal: NormalSet,
    spec: InputSpec,
    make: "Callable[[InputSpec], Autoencoder[Any]]",
    seed: int,
    progress: Progress,
) -> ResizeChoice:
    """Fit a graph with each on some of the images, and see how well synthetic defects stand out in others.

    Defects are drawn on the original images, so that both graphs see the same ones.

    Args:
        normal: the normal set.
        spec: the graph's input but for the way to resize.
        make: the autoencoder of an input, with the options that are fitted.
        seed: decides images and first weights.
        progress: shows how far it is.

    Raises:
        TrainingError: if a loss is no longer a number.
    """
    parts = [*{image.part: image for image in normal.images}.values()]  # images of one would be in both halves
    order = np.random.default_rng(seed).permutation(len(parts))
    shown = max(LEAST_SHOWN, min(MOST_SHOWN, len(order) // 5))
    files = [parts[number] for number in order]
    scores: dict[Resize, Scores] = {}
    for resize in progress.track(CHOICES, "stretch or pad", len(CHOICES)):
        resized = spec.model_copy(update={"resize": resize})
        scores[resize] = _scores(_fitted(make(resized), files[shown:], seed), files[:shown], resized)
    return chosen_by(*scores.values())


@dataclass(frozen=True, slots=True)
class Scores:
    """Of normal images, [n], and of synthetic defects on each of them, [n, defects]."""

    normal: NDArray[np.float64]
    defective: NDArray[np.float64]

    def auroc(self, rows: NDArray[np.intp]) -> float:
        """That of these images."""
        return auroc(self.normal[rows], self.defective[rows].ravel())


def chosen_by(stretched: Scores, padded: Scores) -> ResizeChoice:
    """Padding, if it is better in nearly all resamplings of the images, which are the same under both."""
    images = len(stretched.normal)
    draws = np.random.default_rng(0).integers(0, images, (RESAMPLINGS, images))
    better = float(np.mean([padded.auroc(rows) > stretched.auroc(rows) for rows in draws]))
    every = np.arange(images)
    aurocs: dict[Resize, float] = {"stretch": stretched.auroc(every), "pad": padded.auroc(every)}
    return ResizeChoice("pad" if better >= SURE else "stretch", aurocs)


def _fitted(autoencoder: "Autoencoder[Any]", files: list[ImageFile], seed: int) -> "ScoringGraph":
    """Validated by some of the images that it is fitted on: nothing is promised of it."""
    from training.trainer.fitting import fit_graph  # noqa: PLC0415 - needs TensorFlow
    from training.trainer.targets import Share, targets_of  # noqa: PLC0415 - the same

    with TemporaryDirectory(prefix="linewatch-resize-", ignore_cleanup_errors=True) as folder:
        images = preprocess_files(files[:MOST_FITTED], autoencoder.spec, Path(folder), "normal", silent())
        rows = np.arange(len(images))
        share = Share(images, rows, rows[: max(1, len(rows) // 5)])
        autoencoder.fit_statistics(share.fit_images)
        with targets_of(autoencoder, images, seed, silent()) as targets:
            return fit_graph(autoencoder, share, targets, (share.fit_images,), seed, silent())[0]


def _scores(graph: "ScoringGraph", files: list[ImageFile], spec: InputSpec) -> Scores:
    import tensorflow as tf  # noqa: PLC0415 - takes seconds

    from training.backend.tensors import traced  # noqa: PLC0415 - needs TensorFlow

    run = traced(lambda images: graph(images)["score"])
    in_8_bits = spec.model_copy(update={"bit_depth": 8, "black": 0.0, "white": 1.0})

    def score(pixels: NDArray[np.uint8]) -> float:
        return float(run(tf.constant(preprocess(pixels, in_8_bits)[np.newaxis]))[0])

    pictures = [_eight_bits(file, spec) for file in files]
    normal = [score(picture) for picture in pictures]
    defective = [[score(each) for each in _defects(picture, number)] for number, picture in enumerate(pictures)]
    return Scores(np.array(normal), np.array(defective))


def _eight_bits(file: ImageFile, spec: InputSpec) -> NDArray[np.uint8]:
    return to_uint8(read_pixels(file.path), spec.black, spec.white)


def _defects(picture: NDArray[np.uint8], number: int) -> Iterator[NDArray[np.uint8]]:
    """Of each kind and size, on an original image [h, w] or [h, w, 3]."""
    pixels = picture if picture.ndim == 3 else picture[..., np.newaxis]  # noqa: PLR2004 - colour
    return (made.reshape(picture.shape) for made in defects_of_each(pixels, SYNTHESIS_SEED, number))
