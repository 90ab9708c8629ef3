"""The Keras fit loop of an autoencoder's network, with early stopping."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from training.autoencoders.base import Autoencoder
from training.backend.tensors import Tensor, as_it_is
from training.errors import TrainingError
from training.progress import Progress, Step
from training.trainer.result import History
from training.trainer.targets import Made, Share, Targets, TargetSource

SHORTEST_EPOCH, LONGEST_EPOCH = 10, 60
"""Batches in an epoch: once through the fit images, but within these limits, so that small sets get enough training
between two validations and large ones do not take all day."""


def train(
    autoencoder: Autoencoder[Any],
    network: keras.Model,
    share: Share,
    source: TargetSource,
    seed: int,
    progress: Progress,
) -> History:
    """Train until the validation loss stops falling; leaves the network with its best weights.

    Coarse stages come first and hand on their weights: training on small images costs little.

    Args:
        autoencoder: whose network it is.
        network: is trained.
        share: the images to train on and to validate with.
        source: gives their targets.
        seed: decides order, augmentation and noise.
        progress: shows the losses of each epoch.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    for coarse in autoencoder.coarse_stages():
        smaller = coarse.build()
        smaller.set_weights(network.get_weights())
        _train(coarse, smaller, Made(coarse).of(share), seed, progress)
        network.set_weights(smaller.get_weights())
    return _train(autoencoder, network, source.of(share), seed, progress)


def _train(
    autoencoder: Autoencoder[Any], network: keras.Model, targets: Targets, seed: int, progress: Progress
) -> History:
    options = autoencoder.options
    once_through = math.ceil(targets.images / options.batch_size)
    steps = options.steps or min(LONGEST_EPOCH, max(SHORTEST_EPOCH, once_through))
    # Falls along half a cosine to nothing: Loshchilov & Hutter, "SGDR", ICLR (2017), without restarts.
    rate = keras.optimizers.schedules.CosineDecay(options.learning_rate, steps * options.epochs)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(network.trainable_variables)  # made while the step is traced, they would have it traced twice
    network.compile(optimizer, loss=autoencoder.loss)
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


def _endless(autoencoder: Autoencoder[Any], targets: Targets, seed: int) -> tf.data.Dataset:
    """(corrupted target, target) batches in an order that the seed decides, without end."""

    def pair(rows: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        moment = tf.stack([tf.constant(seed, tf.int64), number])
        target = targets.fit(rows, moment)
        return autoencoder.corrupt(target, moment), target

    rows = tf.data.Dataset.range(targets.rows).shuffle(targets.rows, seed=seed).repeat()
    batches = rows.batch(autoencoder.options.batch_size, drop_remainder=True)
    return tf.data.Dataset.zip(batches, tf.data.Dataset.counter()).map(as_it_is(pair)).prefetch(2)


def _once(autoencoder: Autoencoder[Any], targets: Targets, seed: int) -> tf.data.Dataset:
    """All (corrupted target, target) batches in order, corrupted alike each time, so that epochs compare."""

    def pair(rows: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        moment = tf.stack([tf.constant(seed, tf.int64), -1 - number])
        target = targets.validation(rows, moment)
        return autoencoder.corrupt(target, moment), target

    rows = tf.data.Dataset.range(targets.validation_rows).batch(autoencoder.options.batch_size)
    return tf.data.Dataset.zip(rows, tf.data.Dataset.counter()).map(as_it_is(pair)).prefetch(2)


class _Show(keras.callbacks.Callback):  # type: ignore[misc] # keras ships no types
    """Shows the losses of each epoch."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step

    def on_epoch_end(self, _epoch: int, logs: dict[str, float] | None = None) -> None:
        losses = logs or {}
        self._step(" ".join(f"{name} {losses[name]:.5f}" for name in ("loss", "val_loss") if name in losses))
