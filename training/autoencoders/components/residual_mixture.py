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


@dataclass(frozen=True)
class Mixture:
    """The squared Mahalanobis distance of residuals from the nearest of many gaussians.

    With z = W'(r - m), white over all positions, joined by the position in the image (its coordinates, times a
    weight), the positions of normal images fall into clusters; each has a mean c and a covariance S. The distance is

        d(r) = min over clusters of (z - c)' ((1 - k) S + k I)^-1 (z - c).

    Only the `rank` largest eigenvectors v_i of S, with eigenvalues l_i, are kept; in the others S counts as zero. So

        (z - c)' (...)^-1 (z - c) = |z - c|^2 / k  -  sum over i of (1 / k - 1 / ((1 - k) l_i + k)) (v_i · (z - c))^2

    and each cluster is a linear autoencoder of its own, with a latent of `rank` numbers. With a weight of 0 a part that
    lies at any angle finds its clusters wherever it lies; with a large one each cluster is a small neighbourhood, and
    what is normal elsewhere in the image is anomalous here.

    Sources: Tipping & Bishop, "Mixtures of Probabilistic Principal Component Analysers", Neural Computation 11 (1999);
    a gaussian of features for each position: Defard et al., "PaDiM", ICPR (2021); shrinkage of covariances towards the
    identity: Ledoit & Wolf, J. Multivariate Analysis 88 (2004).
    """

    offset: Tensor
    """[channels]: m."""
    matrix: Tensor
    """[channels, channels]: W."""
    positions: Tensor
    """[h, w, 2]: the weighted coordinates."""
    centres: Tensor
    """[clusters, channels + 2]: c."""
    vectors: Tensor
    """[clusters, channels + 2, rank]: v_i, each times the root of its factor."""
    shrinkage: float
    mean: float = 1.0
    """Of d over normal images, which the distance is divided by."""

    def __call__(self, residual: Tensor) -> Tensor:
        """float32 [batch, h, w, channels] to [batch, h, w]; 1 on average over normal images."""
        clusters, size, rank = self.vectors.shape
        white = tf.matmul(tf.reshape(residual - self.offset, [-1, size - 2]), self.matrix)
        positions = tf.tile(tf.reshape(self.positions, [-1, 2]), [tf.shape(residual)[0], 1])
        z = tf.concat([white, positions], -1)
        square = tf.reduce_sum(tf.square(z), -1, keepdims=True) - 2.0 * tf.matmul(z, self.centres, transpose_b=True)
        square += tf.reduce_sum(tf.square(self.centres), -1)
        flat = tf.reshape(tf.transpose(self.vectors, [1, 0, 2]), [size, clusters * rank])
        along = tf.reshape(tf.matmul(z, flat), [-1, clusters, rank])
        along -= tf.einsum("kc,kcr->kr", self.centres, self.vectors)
        distance = square / self.shrinkage - tf.reduce_sum(tf.square(along), -1)
        return tf.reshape(tf.reduce_min(distance, -1), [-1, *residual.shape[1:3]]) / self.mean

    def distances(self, residuals: NDArray[Any]) -> Array:
        """The same of any number of residuals, which may lie on disk: float32 [n, h, w]."""
        return np.concatenate([self(tf.constant(batch)).numpy() for batch in _batches(residuals)])


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
        for batch in _batches(residuals):
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
    position: float
    """Weight of a position's coordinates, which have variance 1 like each channel; 0 ignores them."""
    sample: int = 60_000
    """Positions that the clusters are found in, sampled from those of all normal images."""
    iterations: int = 40
    """Of k-means at most. Mini-batches would be quicker, but left AUROC on mvtec_screw anywhere from 0.92 to 0.96."""

    def __call__(self, residuals: NDArray[Any], whitener: Whitener, seed: int = 0) -> Mixture:
        """Learn from the residuals of normal images, [n, h, w, channels], which may lie on disk, and their whitener."""
        images, height, width, channels = residuals.shape
        positions = self.position * _coordinates(height, width)
        rows = np.sort(np.random.default_rng(seed).permutation(images * height * width)[: self.sample])
        drawn = whitener(residuals.reshape(-1, channels)[rows].astype(np.float32))
        clusters = self._clusters(
            np.concatenate([drawn, positions.reshape(-1, 2)[rows % (height * width)]], axis=1), seed
        )
        unscaled = Mixture(
            offset=tf.constant(whitener.offset),
            matrix=tf.constant(whitener.matrix),
            positions=tf.constant(positions),
            centres=tf.constant(np.stack([each.mean(0) for each in clusters])),
            vectors=tf.constant(np.stack([_scaled_eigenvectors(each, self.rank, self.shrinkage) for each in clusters])),
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


def _coordinates(height: int, width: int) -> Array:
    """Row and column of each position, [h, w, 2], each with mean 0 and variance 1."""
    rows, columns = (
        np.linspace(-np.sqrt(3.0), np.sqrt(3.0), side) if side > 1 else np.zeros(1) for side in (height, width)
    )
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).astype(np.float32)


def _scaled_eigenvectors(members: Array, rank: int, shrinkage: float) -> Array:
    """Those of the members' covariance, [size, rank]."""
    values, vectors = _principal(members.astype(np.float64) - members.mean(0), rank)
    factors = 1.0 / shrinkage - 1.0 / ((1.0 - shrinkage) * values + shrinkage)
    return np.asarray(vectors * np.sqrt(np.maximum(factors, 0.0)), np.float32)


def _principal(away: NDArray[np.float64], rank: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest eigenvalues [rank] and eigenvectors [size, rank] of away' away / n; 0 where there are fewer."""
    n, size = away.shape
    kept = min(rank, n, size)
    if n < size:  # the other product has the same eigenvalues, and is smaller
        values, few = np.linalg.eigh(away @ away.T / n)
        values, few = np.maximum(values[-kept:], np.finfo(np.float64).tiny), few[:, -kept:]
        vectors = away.T @ few / np.sqrt(n * values)
    else:
        values, vectors = (found[..., -kept:] for found in np.linalg.eigh(away.T @ away / n))
    return np.pad(values, (0, rank - kept)), np.pad(vectors, ((0, 0), (0, rank - kept)))


def _batches(residuals: NDArray[Any]) -> Iterator[Array]:
    for first in range(0, len(residuals), BATCH):
        yield np.asarray(residuals[first : first + BATCH], np.float32)
