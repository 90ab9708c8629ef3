"""Mahalanobis distance of residuals under a gaussian at each place of the image."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.components.gaussians import Gaussians, Whitener, in_batches, scaled_eigenvectors
from training.backend.tensors import Tensor


@dataclass(frozen=True)
class PlaceGaussians(Gaussians):
    """The squared Mahalanobis distance of residuals from the gaussian of their own place.

    With z = W'(r - m), white over all places, each place has the mean c and the covariance S of its own residuals of
    normal images, and

        d(r) = (z - c)' ((1 - k) S + k I)^-1 (z - c),

    computed from the `rank` largest eigenvectors of S as in `residual_mixture`. What is normal elsewhere in the image
    is anomalous here; a part that lies at any angle is better seen by the mixture.

    Source: Defard et al., "PaDiM: a Patch Distribution Modeling Framework", ICPR (2021).
    """

    def __call__(self, residual: Tensor) -> Tensor:
        places, channels, _ = self.vectors.shape
        by_place = tf.transpose(tf.reshape(self.white(residual), [-1, places, channels]), [1, 0, 2]) - self.centres
        along = tf.matmul(by_place, self.vectors)
        distance = tf.reduce_sum(tf.square(by_place), -1) / self.shrinkage - tf.reduce_sum(tf.square(along), -1)
        return tf.reshape(tf.transpose(distance), [-1, *residual.shape[1:3]]) / self.mean

    def multiply_adds(self, positions: int) -> int:
        _, channels, rank = self.vectors.shape
        return int(positions * channels * rank)


@dataclass(frozen=True)
class PlaceFit:
    """How the gaussians of all places are fitted."""

    rank: int
    """Eigenvectors kept of each."""
    shrinkage: float
    """k, of each covariance to that of all places."""

    def __call__(self, residuals: NDArray[Any], whitener: Whitener) -> PlaceGaussians:
        """Learn from the residuals of normal images, [n, h, w, channels], which may lie on disk, and their whitener."""
        images, height, width, channels = residuals.shape
        places = height * width
        total, products = np.zeros((places, channels)), np.zeros((places, channels, channels))
        for batch in in_batches(residuals):
            white = whitener(batch.reshape(-1, channels)).reshape(len(batch), places, channels).transpose(1, 0, 2)
            total += white.sum(axis=1)
            products += white.transpose(0, 2, 1) @ white
        centres = total / images
        covariances = products / images - centres[:, :, np.newaxis] * centres[:, np.newaxis]
        return PlaceGaussians(
            offset=tf.constant(whitener.offset),
            matrix=tf.constant(whitener.matrix),
            centres=tf.constant(centres[:, np.newaxis], tf.float32),
            vectors=tf.constant(scaled_eigenvectors(covariances, self.rank, self.shrinkage)),
            shrinkage=self.shrinkage,
        ).scaled(residuals)

    def rough(self) -> Self:
        """As it is: it takes little time."""
        return self
