"""Mahalanobis distance of residuals under a mixture of Gaussians fitted to those of normal images."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from sklearn.cluster import KMeans, kmeans_plusplus

from training.backend.tensors import Tensor

Array = NDArray[np.float32]

BATCH = 16

FEWEST = 8
"""Positions in a cluster that counts, and on average four times as many: fewer determine no covariance."""

SEEDING = 20
"""Positions a cluster that k-means starts from; among all of them, the start would take longer than the rest."""

RIDGE = 1e-3
"""Added to the covariance of all residuals, in mean variances: directions in which normal images hardly differ, as
where there are fewer positions than channels, must not turn rounding errors into defects."""


ALONG = "along"
"""Names the product of [positions, channels] by [channels, clusters x rank]: nearly all of the work."""


@dataclass(frozen=True)
class Mixture:
    """The squared Mahalanobis distance of residuals from the nearest of many gaussians.

    With z = W'(r - m), white over all positions, the positions of normal images fall into clusters; each has a mean c
    and a covariance S. The distance is

        d(r) = min over clusters of (z - c)' ((1 - k) S + k I)^-1 (z - c).

    Only the `rank` largest eigenvectors v_i of S, with eigenvalues l_i, are kept; in the others S counts as zero. So

        (z - c)' (...)^-1 (z - c) = |z - c|^2 / k  -  sum over i of (1 / k - 1 / ((1 - k) l_i + k)) (v_i · (z - c))^2

    and each cluster is a linear autoencoder of its own, with a latent of `rank` numbers. A part that lies at any angle
    finds its clusters wherever it lies.

    Sources: Tipping & Bishop, "Mixtures of Probabilistic Principal Component Analysers", Neural Computation 11 (1999);
    shrinkage of covariances towards the identity: Ledoit & Wolf, J. Multivariate Analysis 88 (2004).
    """

    offset: Tensor
    """[channels]: m."""
    matrix: Tensor
    """[channels, channels]: W."""
    centres: Tensor
    """[clusters, channels]: c."""
    vectors: Tensor
    """[clusters, channels, rank]: v_i, each times the root of its factor."""
    shrinkage: float
    mean: float = 1.0
    """Of d over normal images, which the distance is divided by."""

    def __call__(self, residual: Tensor) -> Tensor:
        """float32 [batch, h, w, channels] to [batch, h, w]; 1 on average over normal images."""
        clusters, channels, rank = self.vectors.shape
        z = tf.matmul(tf.reshape(residual - self.offset, [-1, channels]), self.matrix)
        linear = tf.matmul(z, tf.transpose(self.centres) * (-2.0 / self.shrinkage))
        linear += tf.reduce_sum(tf.square(self.centres), -1) / self.shrinkage
        flat = tf.reshape(tf.transpose(self.vectors, [1, 2, 0]), [channels, rank * clusters])
        at_centres = tf.reshape(tf.einsum("kc,kcr->rk", self.centres, self.vectors), [rank * clusters])
        with tf.name_scope(ALONG):
            along = tf.square(tf.matmul(z, flat) - at_centres)
        along = tf.reduce_sum(tf.reshape(along, [-1, rank, clusters]), 1)
        distance = tf.reduce_sum(tf.square(z), -1) / self.shrinkage + tf.reduce_min(linear - along, -1)
        return tf.reshape(distance, [-1, *residual.shape[1:3]]) / self.mean

    def distances(self, residuals: NDArray[Any]) -> Array:
        """The same of any number of residuals, which may lie on disk: float32 [n, h, w]."""
        run = tf.function(self.__call__, reduce_retracing=True)
        return np.concatenate([run(tf.constant(batch)).numpy() for batch in in_batches(residuals)])


@dataclass(frozen=True)
class Whitener:
    """The mean m of residuals, float32 [channels], and the matrix W, [channels, channels], that whitens them."""

    offset: Array
    matrix: Array

    @classmethod
    def of(cls, residuals: NDArray[Any]) -> Self:
        """Learn from residuals [n, h, w, channels], which may lie on disk."""
        channels = residuals.shape[-1]
        total, products, positions = np.zeros(channels), np.zeros((channels, channels)), 0
        for batch in in_batches(residuals):
            flat = batch.reshape(-1, channels).astype(np.float64)
            total, products, positions = total + flat.sum(0), products + flat.T @ flat, positions + len(flat)
        mean = total / positions
        values, vectors = np.linalg.eigh(products / positions - np.outer(mean, mean))
        matrix = vectors / np.sqrt(np.maximum(values, 0.0) + RIDGE * values.mean())
        return cls(np.asarray(mean, np.float32), np.asarray(matrix, np.float32))

    def __call__(self, flat: Array) -> Array:
        """Float32 [n, channels] to the same, white: mean 0, covariance the identity."""
        return np.asarray((flat - self.offset) @ self.matrix, np.float32)


@dataclass(frozen=True)
class MixtureFit:
    """How a mixture is fitted."""

    clusters: int
    """Up to this many."""
    rank: int
    """Eigenvectors kept of each."""
    shrinkage: float
    """k, of each covariance to that of all positions."""
    sample: int = 60_000
    """Positions that the clusters are found in, sampled from those of all normal images."""
    iterations: int = 40
    """Of k-means at most. Mini-batches would be quicker, but left AUROC on mvtec_screw anywhere from 0.92 to 0.96."""

    def __call__(self, residuals: NDArray[Any], whitener: Whitener, seed: int = 0) -> Mixture:
        """Learn from the residuals of normal images, [n, h, w, channels], which may lie on disk, and their whitener."""
        channels = residuals.shape[-1]
        positions = residuals.size // channels
        rows = np.sort(np.random.default_rng(seed).permutation(positions)[: self.sample])
        clusters = self._clusters(whitener(residuals.reshape(-1, channels)[rows].astype(np.float32)), seed)
        covariances = np.stack([np.cov(each, rowvar=False, bias=True) for each in clusters])
        unscaled = Mixture(
            offset=tf.constant(whitener.offset),
            matrix=tf.constant(whitener.matrix),
            centres=tf.constant(np.stack([each.mean(0) for each in clusters])),
            vectors=tf.constant(scaled_eigenvectors(covariances, self.rank, self.shrinkage)),
            shrinkage=self.shrinkage,
        )
        return replace(unscaled, mean=float(unscaled.distances(residuals).mean()))

    def rough(self) -> Self:
        """One that takes a tenth of the time: good enough to decide which mixtures are worth fitting."""
        return replace(
            self, clusters=max(1, self.clusters // 2), sample=self.sample // 3, iterations=self.iterations // 8
        )

    def _clusters(self, z: Array, seed: int) -> list[Array]:
        """The members of each cluster of z, [n, size]."""
        most = max(1, min(self.clusters, len(z) // (4 * FEWEST)))
        few = z[np.random.default_rng(seed).permutation(len(z))[: SEEDING * most]]
        start, _ = kmeans_plusplus(few, most, random_state=seed)
        labels = KMeans(most, init=start, n_init=1, max_iter=self.iterations).fit_predict(z)
        members = [z[labels == label] for label in range(most)]
        return [each for each in members if len(each) >= FEWEST] or [z]


def scaled_eigenvectors(covariances: NDArray[np.float64], rank: int, shrinkage: float) -> Array:
    """Of covariances [n, size, size] the largest eigenvectors, each times the root of its factor: [n, size, rank]."""
    size = covariances.shape[-1]
    values, vectors = np.linalg.eigh(covariances)
    values, vectors = values[:, -rank:], vectors[:, :, -rank:]
    factors = 1.0 / shrinkage - 1.0 / ((1.0 - shrinkage) * np.maximum(values, 0.0) + shrinkage)
    scaled = vectors * np.sqrt(np.maximum(factors, 0.0))[:, np.newaxis]
    return np.pad(scaled, ((0, 0), (0, 0), (0, max(0, rank - size)))).astype(np.float32)


def in_batches(residuals: NDArray[Any]) -> Iterator[Array]:
    """Float32 residuals, a few images at a time: they may lie on disk."""
    for first in range(0, len(residuals), BATCH):
        yield np.asarray(residuals[first : first + BATCH], np.float32)
