"""The two usual baselines on the same features as `feature`: what it has to beat."""

import keras
import numpy as np
import tensorflow as tf

from training.autoencoders.feature import Feature
from training.backend.tensors import Tensor, normalised
from training.data.preprocessed import PreprocessedImages

CHANNELS, RIDGE = 100, 0.01
"""As PaDiM has them: channels kept, and what is added to the diagonal of each covariance."""

MEMORY = 10_000
"""Places kept by the nearest-neighbour baseline; more cost time in proportion."""


class Gaussian(Feature):
    """A gaussian at each place, of CHANNELS channels drawn by lot, like PaDiM (Defard et al., ICPR 2021)."""

    _channels_drawn: Tensor | None = None
    _means: Tensor | None = None
    _whiteners: Tensor | None = None

    def build(self) -> keras.Model:
        return _untrained(self)

    def finish(self, network: keras.Model, *normals: PreprocessedImages) -> None:  # noqa: ARG002 - nothing was trained
        height, width, channels = self.shape()
        self._channels_drawn = tf.constant(np.random.default_rng(0).permutation(channels)[:CHANNELS])
        drawn = min(CHANNELS, channels)
        total, products, n = np.zeros((height * width, drawn)), np.zeros((height * width, drawn, drawn)), 0
        make = tf.function(lambda batch: self._drawn(self.target(normalised(batch))), reduce_retracing=True)
        for batch in (batch for images in normals for batch in images.batches()):
            places = make(tf.constant(batch)).numpy().astype(np.float64)
            total, products, n = total + places.sum(1), products + places.transpose(0, 2, 1) @ places, n + len(batch)
        means = total / n
        covariances = products / n - means[:, :, np.newaxis] * means[:, np.newaxis] + RIDGE * np.eye(drawn)
        self._means = tf.constant(means[:, np.newaxis], tf.float32)
        self._whiteners = tf.constant(np.linalg.cholesky(np.linalg.inv(covariances)), tf.float32)

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:  # noqa: ARG002 - there is none
        white = tf.matmul(self._drawn(target) - self._means, self._whiteners)
        lengths = tf.transpose(tf.reduce_sum(tf.square(white), -1))
        return self.to_map(tf.reshape(lengths, [-1, *target.shape[1:3]]))

    def gives_anomaly_map(self) -> bool:
        return True

    def _drawn(self, target: Tensor) -> Tensor:
        """[batch, h, w, all channels] to [h * w, batch, those drawn]."""
        places = tf.reshape(target, [-1, target.shape[1] * target.shape[2], target.shape[3]])
        return tf.transpose(tf.gather(places, self._channels_drawn, axis=-1), [1, 0, 2])


class NearestNeighbour(Feature):
    """The distance to the nearest of MEMORY places of normal images, like PatchCore (Roth et al., CVPR 2022)."""

    _memory: Tensor | None = None

    def build(self) -> keras.Model:
        return _untrained(self)

    def finish(self, network: keras.Model, *normals: PreprocessedImages) -> None:  # noqa: ARG002 - nothing was trained
        make = tf.function(lambda batch: self.target(normalised(batch)), reduce_retracing=True)
        random = np.random.default_rng(0)
        total = sum(len(images) for images in normals)
        kept = []
        for images in normals:
            for batch in images.batches():
                places = make(tf.constant(batch)).numpy()
                places = places.reshape(-1, places.shape[-1])
                share = max(1, round(MEMORY * len(batch) / total))
                kept.append(random.permutation(places)[:share])
        self._memory = tf.constant(np.concatenate(kept))

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:  # noqa: ARG002 - there is none
        places = tf.reshape(target, [-1, target.shape[-1]])
        squares = tf.reduce_sum(tf.square(self._memory), -1)
        nearest = tf.reduce_min(squares - 2.0 * tf.matmul(places, self._memory, transpose_b=True), -1)
        distance = tf.maximum(nearest + tf.reduce_sum(tf.square(places), -1), 0.0)
        return self.to_map(tf.reshape(distance, [-1, *target.shape[1:3]]))

    def gives_anomaly_map(self) -> bool:
        return True


def _untrained(baseline: Feature) -> keras.Model:
    features = keras.Input(baseline.shape())
    return keras.Model(features, keras.layers.Identity()(features))
