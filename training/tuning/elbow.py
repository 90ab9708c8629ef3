"""Elbow of the latent size: reconstruction error against the numbers in a latent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from training.autoencoders.base import Autoencoder
from training.backend.tensors import Tensor, normalised, traced
from training.data.preprocessed import PreprocessedImages, batches
from training.errors import TrainingError
from training.progress import Progress
from training.tuning.trials import Trials

LATENT = "latent"
"""The option for the size of a latent."""


@dataclass(frozen=True, slots=True)
class Elbow:
    """The loss on validation images for each latent size, and the size at the knee, None if there is no bend."""

    latents: tuple[int, ...]
    errors: tuple[float, ...]
    knee: int | None


def elbow(trials: Trials, latents: Sequence[int], progress: Progress) -> Elbow:
    """Fit with each latent size, all else the same.

    Raises:
        TrainingError: if the autoencoder has no such option, or a fit fails.
    """
    if LATENT not in type(trials.options()).model_fields:
        raise TrainingError(
            f"expected an autoencoder whose latent has a size (option {LATENT}), found {trials.request.autoencoder}; "
            "see linewatch-train elbow --help"
        )
    ascending = sorted(set(latents))
    errors = []
    with progress.steps("fitting", len(ascending)) as step:
        for latent in ascending:
            errors.append(mean_loss(*trials.fit_network({LATENT: latent}), trials.validation))
            step(f"{LATENT}={latent}: error {errors[-1]:.4g}")
    return Elbow(tuple(ascending), tuple(errors), knee(ascending, errors))


def mean_loss(autoencoder: Autoencoder[Any], network: keras.Model, images: PreprocessedImages) -> float:
    """The mean loss of reconstructing images that are not corrupted, without penalties on latents."""

    def loss(batch: Tensor) -> Tensor:
        target = autoencoder.target(normalised(batch))
        return tf.reduce_mean(autoencoder.loss(target, autoencoder.reconstruct(network, target)))

    run = traced(loss)
    return sum(float(run(tf.constant(batch))) * len(batch) for batch in batches(images)) / len(images)


def knee(latents: Sequence[int], errors: Sequence[float]) -> int | None:
    """The latent size after which more gains least: the point farthest below the straight line from first to last.

    Sizes count by their logarithm, and both axes from 0 to 1; that is what Kneedle does to a smooth convex curve:
    Satopaa et al., "Finding a Kneedle in a Haystack", ICDCS Workshops (2011). None if no point lies below the line.
    """
    if len(latents) < 3 or errors[-1] >= errors[0]:  # noqa: PLR2004 - two points have nothing between them
        return None
    x, y = np.log2(latents), np.asarray(errors)
    below = 1.0 - (x - x[0]) / (x[-1] - x[0]) - (y - y[-1]) / (y[0] - y[-1])
    best = int(np.argmax(below))
    return int(latents[best]) if below[best] > 1e-9 else None  # noqa: PLR2004 - more than rounding
