"""The Keras fit loop of an autoencoder's network, with early stopping."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.base import Autoencoder
from training.backend.tensors import Tensor, normalised
from training.data.preprocessed import PreprocessedImages
from training.errors import TrainingError
from training.progress import Progress, Step
from training.trainer.augmentation import augment
from training.trainer.result import History
from training.trainer.target_cache import cache_targets

SHORTEST_EPOCH, LONGEST_EPOCH = 10, 60
"""Batches in an epoch: once through the fit images, but within these limits, so that small sets get enough training
between two validations and large ones do not take all day."""


def train(
    autoencoder: Autoencoder[Any],
    network: keras.Model,
    fit: PreprocessedImages,
    validation: PreprocessedImages,
    seed: int,
    progress: Progress,
) -> History:
    """Train until the validation loss stops falling; leaves the network with its best weights.

    Coarse stages come first and hand on their weights: training on small images costs little.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    for coarse in autoencoder.coarse_stages():
        smaller = coarse.build()
        smaller.set_weights(network.get_weights())
        _train(coarse, smaller, _made(coarse, fit, validation), len(fit), seed, progress)
        network.set_weights(smaller.get_weights())
    with _targets(autoencoder, fit, validation, seed, progress) as targets:
        return _train(autoencoder, network, targets, len(fit), seed, progress)


Rows = Callable[[Tensor, Tensor], Tensor]
"""Row numbers, int64 [batch], and a seed, int64 [2], to their targets."""


@dataclass(frozen=True)
class _Targets:
    """Where targets come from, in training and in validation, and how many there are to choose from."""

    fit: Rows
    rows: int
    validation: Rows
    validation_rows: int


@contextmanager
def _targets(
    autoencoder: Autoencoder[Any],
    fit: PreprocessedImages,
    validation: PreprocessedImages,
    seed: int,
    progress: Progress,
) -> Iterator[_Targets]:
    """Targets made again for each batch, or cached in a temporary folder if the autoencoder has `cached_copies`."""
    if not autoencoder.cached_copies():
        yield _made(autoencoder, fit, validation)
        return
    with TemporaryDirectory(prefix="linewatch-targets-") as name:
        copies = autoencoder.cached_copies() if autoencoder.options.augment else 1
        seeds = seed if autoencoder.options.augment else None
        kept = cache_targets(autoencoder, fit, Path(name) / "fit", progress, copies=copies, seed=seeds)
        unseen = cache_targets(autoencoder, validation, Path(name) / "validation", progress)
        yield _Targets(_kept(kept), len(kept), _kept(unseen), len(unseen))


def _made(autoencoder: Autoencoder[Any], fit: PreprocessedImages, validation: PreprocessedImages) -> _Targets:
    def augmented(rows: Tensor, moment: Tensor) -> Tensor:
        pixels = _read(fit, rows)
        return autoencoder.target(augment(pixels, moment) if autoencoder.options.augment else pixels)

    def plain(rows: Tensor, _: Tensor) -> Tensor:
        return autoencoder.target(_read(validation, rows))

    return _Targets(augmented, len(fit), plain, len(validation))


def _kept(targets: NDArray[np.float16]) -> Rows:
    def read(rows: Tensor, _: Tensor) -> Tensor:
        found = tf.numpy_function(partial(np.take, targets, axis=0), [rows], tf.float16, stateful=False)
        return tf.cast(tf.ensure_shape(found, [None, *targets.shape[1:]]), tf.float32)

    return read


def _train(
    autoencoder: Autoencoder[Any], network: keras.Model, targets: _Targets, images: int, seed: int, progress: Progress
) -> History:
    options = autoencoder.options
    once_through = math.ceil(images / options.batch_size)
    steps = options.steps or min(LONGEST_EPOCH, max(SHORTEST_EPOCH, once_through))
    # Falls along half a cosine to nothing: Loshchilov & Hutter, "SGDR", ICLR (2017), without restarts.
    rate = keras.optimizers.schedules.CosineDecay(options.learning_rate, steps * options.epochs)
    network.compile(keras.optimizers.Adam(rate), loss=autoencoder.loss)
    with progress.steps("fitting", options.epochs) as step:
        record = network.fit(
            _endless(autoencoder, targets, seed),
            validation_data=_once(autoencoder, targets, seed),
            steps_per_epoch=steps,
            epochs=options.epochs,
            callbacks=[
                keras.callbacks.TerminateOnNaN(),
                keras.callbacks.EarlyStopping(patience=options.patience, restore_best_weights=True),
                _Show(step),
            ],
            shuffle=False,
            verbose=0,
        )
    history = History(tuple(record.history["loss"]), tuple(record.history.get("val_loss", ())))
    if not np.isfinite([*history.loss, *history.validation_loss]).all():
        raise TrainingError(
            "expected the loss to fall, found that it is no longer a number; "
            f"fit again with a learning_rate below {options.learning_rate:g} (--options learning_rate=…)"
        )
    return history


def _endless(autoencoder: Autoencoder[Any], targets: _Targets, seed: int) -> tf.data.Dataset:
    """(corrupted target, target) batches in an order that the seed decides, without end."""

    def pair(rows: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        moment = tf.stack([tf.constant(seed, tf.int64), number])
        target = targets.fit(rows, moment)
        return autoencoder.corrupt(target, moment), target

    rows = tf.data.Dataset.range(targets.rows).shuffle(targets.rows, seed=seed).repeat()
    batches = rows.batch(autoencoder.options.batch_size, drop_remainder=True)
    return tf.data.Dataset.zip(batches, tf.data.Dataset.counter()).map(pair).prefetch(2)


def _once(autoencoder: Autoencoder[Any], targets: _Targets, seed: int) -> tf.data.Dataset:
    """All (corrupted target, target) batches in order, corrupted alike each time, so that epochs compare."""

    def pair(rows: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        moment = tf.stack([tf.constant(seed, tf.int64), -1 - number])
        target = targets.validation(rows, moment)
        return autoencoder.corrupt(target, moment), target

    rows = tf.data.Dataset.range(targets.validation_rows).batch(autoencoder.options.batch_size)
    return tf.data.Dataset.zip(rows, tf.data.Dataset.counter()).map(pair).prefetch(2)


def _read(images: PreprocessedImages, rows: Tensor) -> Tensor:
    """Rows of preprocessed images from disk, as float32 in 0 to 1."""
    pixels = tf.numpy_function(partial(np.take, images, axis=0), [rows], tf.uint8, stateful=False)
    return normalised(tf.ensure_shape(pixels, [None, *images.shape[1:]]))


class _Show(keras.callbacks.Callback):  # type: ignore[misc] # keras ships no types
    """Shows the losses of each epoch."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step

    def on_epoch_end(self, _epoch: int, logs: dict[str, float] | None = None) -> None:
        losses = logs or {}
        self._step(" ".join(f"{name} {losses[name]:.5f}" for name in ("loss", "val_loss") if name in losses))
