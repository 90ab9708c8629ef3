"""Training an autoencoder's network."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from training.augment import augment
from training.autoencoders.base import Autoencoder, Tensor
from training.errors import TrainingError
from training.learned import History
from training.prepared import PreparedImages
from training.progress import Progress, Step

SHORTEST_ROUND, LONGEST_ROUND = 10, 60
"""A round is once through the fit images, but at least and at most so many batches, so that small sets get
enough training between looks at the validation loss and large ones do not take all day."""


def train(
    autoencoder: Autoencoder[Any],
    network: keras.Model,
    fit: PreparedImages,
    validation: PreparedImages,
    seed: int,
    progress: Progress,
) -> History:
    """Train until the validation loss stops falling; leaves the network with its best weights.

    Raises:
        TrainingError: if the loss is no longer a number.
    """
    options = autoencoder.options
    steps = min(LONGEST_ROUND, max(SHORTEST_ROUND, math.ceil(len(fit) / options.batch_size)))
    # Falls along half a cosine to nothing: Loshchilov & Hutter, "SGDR", ICLR (2017), without restarts.
    rate = keras.optimizers.schedules.CosineDecay(options.learning_rate, steps * options.epochs)
    network.compile(keras.optimizers.Adam(rate), loss=autoencoder.loss)
    with progress.steps("fitting", options.epochs) as step:
        record = network.fit(
            _endless(autoencoder, fit, seed),
            validation_data=_once(autoencoder, validation),
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


def _endless(autoencoder: Autoencoder[Any], images: PreparedImages, seed: int) -> tf.data.Dataset:
    """Augmented (target, target) batches in an order that the seed decides, without end."""

    def pair(rows: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        target = autoencoder.target(augment(_read(images, rows), tf.stack([tf.constant(seed, tf.int64), number])))
        return target, target

    rows = tf.data.Dataset.range(len(images)).shuffle(len(images), seed=seed).repeat()
    batches = rows.batch(autoencoder.options.batch_size, drop_remainder=True)
    return tf.data.Dataset.zip(batches, tf.data.Dataset.counter()).map(pair).prefetch(2)


def _once(autoencoder: Autoencoder[Any], images: PreparedImages) -> tf.data.Dataset:
    """All (target, target) batches, in order."""

    def pair(rows: Tensor) -> tuple[Tensor, Tensor]:
        target = autoencoder.target(_read(images, rows))
        return target, target

    return tf.data.Dataset.range(len(images)).batch(autoencoder.options.batch_size).map(pair).prefetch(2)


def _read(images: PreparedImages, rows: Tensor) -> Tensor:
    """Rows of prepared images from disk, as float32 in 0 to 1."""
    spec = images.spec
    pixels = tf.numpy_function(images.__getitem__, [rows], tf.uint8, stateful=False)
    return tf.cast(tf.ensure_shape(pixels, [None, spec.height, spec.width, spec.channels]), tf.float32) / 255.0


class _Show(keras.callbacks.Callback):  # type: ignore[misc] # keras ships no types
    """Tells people how each round went."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step

    def on_epoch_end(self, _epoch: int, logs: dict[str, float] | None = None) -> None:
        losses = logs or {}
        self._step(" ".join(f"{name} {losses[name]:.5f}" for name in ("loss", "val_loss") if name in losses))
