"""The two usual baselines on the same features as `feature`: what it has to beat."""

import keras
import numpy as np
import tensorflow as tf

from training.autoencoders.base import Tensor
from training.autoencoders.feature import Feature
from training.normalise import normalised
from training.prepared import PreparedImages

MEMORY = 10_000
"""Places kept by the nearest-neighbour baseline; more cost time in proportion."""


class Gaussian(Feature):
    """A gaussian at each place, like PaDiM (Defard et al., ICPR 2021): `feature` that reproduces nothing."""

    def build(self) -> keras.Model:
        return _untrained(self)

    def reconstruct(self, network: keras.Model, target: Tensor) -> Tensor:  # noqa: ARG002 - reproduces the mean alone
        return tf.zeros_like(target)


class NearestNeighbour(Feature):
    """The distance to the nearest of MEMORY places of normal images, like PatchCore (Roth et al., CVPR 2022)."""

    _memory: Tensor | None = None

    def build(self) -> keras.Model:
        return _untrained(self)

    def finish(self, network: keras.Model, *normals: PreparedImages) -> None:  # noqa: ARG002 - nothing was trained
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

    def evens_out_places(self) -> bool:
        return True


def _untrained(baseline: Feature) -> keras.Model:
    features = keras.Input(baseline.shape())
    return keras.Model(features, keras.layers.Identity()(features))
