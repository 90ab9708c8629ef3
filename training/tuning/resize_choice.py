"""Stretch or pad images of mixed proportions: whichever shows synthetic defects better."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from service.scoring.input_spec import InputSpec, Resize
from service.scoring.preprocessing import preprocess, to_uint8
from training.data.framing import Framing
from training.data.input_spec import input_spec
from training.data.normal_set import ImageFile, NormalSet
from training.data.pixels import read_pixels
from training.data.preprocessed import preprocess_files
from training.data.split import Split
from training.data.synthetic_defects import CONTRASTS, KINDS, SIZES, SYNTHESIS_SEED, add_defect
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


@dataclass(frozen=True, slots=True)
class ResizeChoice:
    """What was chosen, and the AUROC of synthetic defects under each."""

    chosen: Resize
    aurocs: dict[Resize, float]

    def sentence(self) -> str:
        found = ", ".join(f"{name} {value:.3f}" for name, value in self.aurocs.items())
        return f"images of mixed proportions: --resize {self.chosen}, by the AUROC of synthetic defects ({found})"


def is_mixed(normal: NormalSet) -> bool:
    """Whether images are of so different proportions that it matters how they are brought to one size."""
    low, high = np.quantile([image.width / image.height for image in normal.images], [0.05, 0.95])
    return bool(high / low > MIXED)


def choose_resize(
    normal: NormalSet, split: Split, framing: Framing, autoencoder: "Autoencoder[Any]", seed: int, progress: Progress
) -> ResizeChoice:
    """Fit a graph with each on some of the images, and see how well synthetic defects stand out in others.

    Defects are drawn on the original images, so that both graphs see the same ones.

    Args:
        normal: the normal set.
        split: for the range of 16-bit images.
        framing: what was asked for, without a way to resize.
        autoencoder: the kind and the options that are fitted.
        seed: decides images and first weights.
        progress: shows how far it is.
    """
    order = np.random.default_rng(seed).permutation(len(normal.images))
    shown = max(LEAST_SHOWN, min(MOST_SHOWN, len(order) // 5))
    files = [normal.images[number] for number in order]
    aurocs: dict[Resize, float] = {}
    for resize in progress.track(CHOICES, "stretch or pad", len(CHOICES)):
        spec = input_spec(normal, split, replace(framing, resize=resize), silent())
        graph = _fitted(type(autoencoder)(autoencoder.options, spec, autoencoder.precision), files[shown:], seed)
        aurocs[resize] = _auroc(graph, files[:shown], spec)
    return ResizeChoice(max(CHOICES, key=aurocs.__getitem__), aurocs)


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


def _auroc(graph: "ScoringGraph", files: list[ImageFile], spec: InputSpec) -> float:
    import tensorflow as tf  # noqa: PLC0415 - takes seconds

    def score(pixels: NDArray[np.uint8]) -> float:
        return float(graph(tf.constant(preprocess(pixels, spec)[np.newaxis]))["score"][0])

    pictures = [_eight_bits(file, spec) for file in files]
    spec = spec.model_copy(update={"bit_depth": 8, "black": 0.0, "white": 1.0})
    normal = [score(picture) for picture in pictures]
    defective = [score(each) for number, picture in enumerate(pictures) for each in _defects(picture, number)]
    return auroc(np.array(normal), np.array(defective))


def _eight_bits(file: ImageFile, spec: InputSpec) -> NDArray[np.uint8]:
    return to_uint8(read_pixels(file.path), spec.black, spec.white)


def _defects(picture: NDArray[np.uint8], number: int) -> Iterator[NDArray[np.uint8]]:
    """One of each kind and size, with contrasts in turn, on an original image [h, w] or [h, w, 3]."""
    pixels = picture if picture.ndim == 3 else picture[..., np.newaxis]  # noqa: PLR2004 - colour
    for k, kind in enumerate(KINDS):
        for s, size in enumerate(SIZES):
            random = np.random.default_rng([SYNTHESIS_SEED, number, k, s])
            made = add_defect(pixels, kind, size, CONTRASTS[(number + k + s) % len(CONTRASTS)], random)
            yield made.reshape(picture.shape)
