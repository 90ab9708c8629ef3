"""Targets kept on disk, for an autoencoder whose target costs more to make than a training step."""

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.base import Autoencoder
from training.backend.tensors import normalised, traced
from training.data.mapped import mapped
from training.data.preprocessed import PreprocessedImages, batches, number_of_batches
from training.progress import Progress
from training.trainer.augmentation import augment


def cache_targets(
    autoencoder: Autoencoder[Any],
    images: PreprocessedImages,
    file: Path,
    progress: Progress,
    *,
    copies: int = 1,
    seed: int | None = None,
) -> NDArray[np.float16]:
    """The targets of `copies` augmented copies of each image, float16 [copies x n, …], memory-mapped in `file`.

    Without a seed the images are not augmented.
    """
    make = traced(autoencoder.target)
    repeated = chain.from_iterable(batches(images) for _ in range(copies))
    kept: NDArray[np.float16] | None = None
    done = 0
    for number, batch in enumerate(progress.track(repeated, "making targets", copies * number_of_batches(images))):
        pixels = normalised(tf.constant(batch))
        made = make(pixels if seed is None else augment(pixels, tf.constant([seed, number], tf.int64))).numpy()
        if kept is None:
            kept = mapped(file, np.dtype(np.float16), (copies * len(images), *made.shape[1:]))
        kept[done : done + len(batch)] = made
        done += len(batch)
    if kept is None:
        msg = "expected at least one image to make a target of"
        raise ValueError(msg)
    return kept
