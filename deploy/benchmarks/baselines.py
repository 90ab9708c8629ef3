"""Baselines of PaDiM and PatchCore kind, on the same features as the autoencoder `feature`."""

import keras
import numpy as np
import tensorflow as tf

from training.autoencoders.feature import Feature
from training.backend.tensors import Tensor, normalised, traced
from training.data.preprocessed import PreprocessedImages, batches

CHANNELS, RIDGE = 100, 0.01
"""As in PaDiM: channels kept, and what is added to the diagonal of each covariance."""

MEMORY = 10_000
"""Feature vectors kept by the nearest-neighbour baseline; time is proportional to it."""


class Gaussian(Feature):
    """A gaussian at each position, over CHANNELS randomly chosen channels, like PaDiM (Defard et al., ICPR 2021)."""

    _channels_chosen: Tensor | None = None
    _means: Tensor | None = None
    _whiteners: Tensor | None = None

    def build(self) -> keras.Model:
        return _untrained(self)

    def finish(self, network: keras.Model, *normals: PreprocessedImages) -> None:  # noqa: ARG002 - nothing was trained
        height, width, channels = self.shape()
        self._channels_chosen = tf.constant(np.random.default_rng(0).permutation(channels)[:CHANNELS])
        chosen = min(CHANNELS, channels)
        total, products, n = np.zeros((height * width, chosen)), np.zeros((height * width, chosen, chosen)), 0
        make = traced(lambda batch: self._chosen(self.target(normalised(batch))))
        for batch in (batch for images in normals for batch in batches(images)):
            features = make(tf.constant(batch)).numpy().astype(np.float64)
            total += features.sum(1)
            products += features.transpose(0, 2, 1) @ features
            n += len(batch)
        means = total / n
        covariances = products / n - means[:, :, np.newaxis] * means[:, np.newaxis] + RIDGE * np.eye(chosen)
        self._means = tf.constant(means[:, np.newaxis], tf.float32)
        self._whiteners = tf.constant(np.linalg.cholesky(np.linalg.inv(covariances)), tf.float32)

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:  # noqa: ARG002 - there is none
        white = tf.matmul(self._chosen(target) - self._means, self._whiteners)
        distances = tf.transpose(tf.reduce_sum(tf.square(white), -1))
        return self.to_map(tf.reshape(distances, [-1, *target.shape[1:3]]))

    def gives_anomaly_map(self) -> bool:
        return True

    def _chosen(self, target: Tensor) -> Tensor:
        """[batch, h, w, all channels] to [h * w, batch, chosen channels]."""
        features = tf.reshape(target, [-1, target.shape[1] * target.shape[2], target.shape[3]])
        return tf.transpose(tf.gather(features, self._channels_chosen, axis=-1), [1, 0, 2])


class NearestNeighbour(Feature):
    """Distance to the nearest of MEMORY normal feature vectors, like PatchCore (Roth et al., CVPR 2022)."""

    _memory: Tensor | None = None

    def build(self) -> keras.Model:
        return _untrained(self)

    def finish(self, network: keras.Model, *normals: PreprocessedImages) -> None:  # noqa: ARG002 - nothing was trained
        make = traced(lambda batch: self.target(normalised(batch)))
        random = np.random.default_rng(0)
        total = sum(len(images) for images in normals)
        kept = []
        for images in normals:
            for batch in batches(images):
                features = make(tf.constant(batch)).numpy()
                features = features.reshape(-1, features.shape[-1])
                share = max(1, round(MEMORY * len(batch) / total))
                kept.append(random.permutation(features)[:share])
        self._memory = tf.constant(np.concatenate(kept))

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:  # noqa: ARG002 - there is none
        features = tf.reshape(target, [-1, target.shape[-1]])
        squares = tf.reduce_sum(tf.square(self._memory), -1)
        nearest = tf.reduce_min(squares - 2.0 * tf.matmul(features, self._memory, transpose_b=True), -1)
        distance = tf.maximum(nearest + tf.reduce_sum(tf.square(features), -1), 0.0)
        return self.to_map(tf.reshape(distance, [-1, *target.shape[1:3]]))

    def gives_anomaly_map(self) -> bool:
        return True


def _untrained(baseline: Feature) -> keras.Model:
    features = keras.Input(baseline.shape())
    return keras.Model(features, keras.layers.Identity()(features))
