"""How unusual a residual is, given what residuals of normal images are like at that place."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.base import Tensor

Array = NDArray[np.float64]

BATCH = 64

RIDGE = 1e-3
"""Added to the covariance of all residuals, in mean variances: directions in which normal images hardly differ, as
where there are fewer places than channels, must not turn rounding errors into defects."""


@dataclass(frozen=True)
class Whitening:
    """The squared Mahalanobis length of residuals, with a covariance for each place.

    With z = W'(r - m), white over all places, and S the covariance of z at a place, the length is that under
    (1 - k) S + k I: the place's own covariance shrunk towards that of all places. Only the `rank` largest
    eigenvectors of S are kept; in the directions left out S counts as zero. So

        d(r) = |z - c|^2 / k  -  sum over i of (1 / k - 1 / ((1 - k) l_i + k)) (v_i · (z - c))^2

    needs rank x channels numbers a place instead of channels x channels. Sources: PaDiM (Defard et al., ICPR 2021)
    for a gaussian at each place; Ledoit & Wolf, J. Multivariate Analysis 88 (2004) for shrinkage towards the identity.
    """

    centre: Tensor
    """[h, w, channels]: the mean of z at each place."""
    matrix: Tensor
    """[channels, channels]: W."""
    offset: Tensor
    """[channels]: m."""
    vectors: Tensor
    """[h, w, channels, rank]: v_i, each times the root of its factor."""
    shrinkage: float
    mean: float
    """Of d over normal images, which the length is divided by."""

    def __call__(self, residual: Tensor) -> Tensor:
        """float32 [batch, h, w, channels] to [batch, h, w]; 1 on average over normal images."""
        z = tf.tensordot(residual - self.offset, self.matrix, 1) - self.centre
        along = tf.einsum("bhwc,hwcr->bhwr", z, self.vectors)
        length = tf.reduce_sum(tf.square(z), -1) / self.shrinkage - tf.reduce_sum(tf.square(along), -1)
        return length / self.mean


def whiten(residuals: NDArray[Any], rank: int, shrinkage: float) -> Whitening:
    """Learn from the residuals of normal images, [n, h, w, channels], which may lie on disk.

    Memory: h x w x channels x channels numbers, whatever the number of images.
    """
    images, height, width, channels = residuals.shape
    total, products = np.zeros(channels), np.zeros((channels, channels))
    for batch in _batches(residuals):
        flat = batch.reshape(-1, channels)
        total, products = total + flat.sum(0), products + flat.T @ flat
    offset = total / (images * height * width)
    matrix = _whitener(products / (images * height * width) - np.outer(offset, offset))

    sums = np.zeros((height, width, channels))
    grams = np.zeros((height, width, channels, channels), np.float32)
    for batch in _batches(residuals):
        z = (batch - offset) @ matrix
        sums += z.sum(0)
        places = z.transpose(1, 2, 0, 3).astype(np.float32)
        grams += places.swapaxes(-1, -2) @ places
    centre = sums / images
    vectors = np.empty((height, width, channels, min(rank, channels)), np.float32)
    for y, x in np.ndindex(height, width):
        covariance = grams[y, x] / images - np.outer(centre[y, x], centre[y, x])
        vectors[y, x] = _scaled_eigenvectors(covariance, vectors.shape[-1], shrinkage)

    unscaled = Whitening(
        centre=tf.constant(centre, tf.float32),
        matrix=tf.constant(matrix, tf.float32),
        offset=tf.constant(offset, tf.float32),
        vectors=tf.constant(vectors),
        shrinkage=shrinkage,
        mean=1.0,
    )
    lengths = np.concatenate([unscaled(tf.constant(batch, tf.float32)).numpy() for batch in _batches(residuals)])
    return replace(unscaled, mean=float(lengths.mean()))


def _batches(residuals: NDArray[Any]) -> Iterator[Array]:
    for first in range(0, len(residuals), BATCH):
        yield np.asarray(residuals[first : first + BATCH], np.float64)


def _whitener(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 0.0) + RIDGE * values.mean()))


def _scaled_eigenvectors(covariance: Array, rank: int, shrinkage: float) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[-rank:], 0.0), vectors[:, -rank:]
    return np.asarray(vectors * np.sqrt(1.0 / shrinkage - 1.0 / ((1.0 - shrinkage) * values + shrinkage)))
