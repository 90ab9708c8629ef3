"""Mahalanobis distance of residuals under a mixture of Gaussians fitted to those of normal images."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from sklearn.cluster import KMeans, kmeans_plusplus

from training.autoencoders.components.gaussians import Array, Gaussians, Whitener, scaled_eigenvectors
from training.backend.tensors import Tensor

FEWEST = 8
"""Positions in a cluster that counts, and on average four times as many: fewer determine no covariance."""

SEEDING = 20
"""Positions a cluster that k-means starts from; among all of them, the start would take longer than the rest."""

PRODUCTS = "products"
"""Names the products of all positions by all clusters: nearly all of the work, and quicker in int8."""


MOST_PERMUTED = 1 << 22
"""Positions of which all are permuted for a sample; of more, that would take more memory than the sample."""


@dataclass(frozen=True)
class Mixture(Gaussians):
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

    def __call__(self, residual: Tensor) -> Tensor:
        clusters, channels, rank = self.vectors.shape
        z = self.white(residual)
        with tf.name_scope(PRODUCTS):
            linear = tf.matmul(z, tf.transpose(self.centres) * (-2.0 / self.shrinkage))
        linear += tf.reduce_sum(tf.square(self.centres), -1) / self.shrinkage
        flat = tf.reshape(tf.transpose(self.vectors, [1, 2, 0]), [channels, rank * clusters])
        at_centres = tf.reshape(tf.einsum("kc,kcr->rk", self.centres, self.vectors), [rank * clusters])
        with tf.name_scope(PRODUCTS):
            along = tf.square(tf.matmul(z, flat) - at_centres)
        along = tf.reduce_sum(tf.reshape(along, [-1, rank, clusters]), 1)
        distance = tf.reduce_sum(tf.square(z), -1) / self.shrinkage + tf.reduce_min(linear - along, -1)
        return tf.reshape(distance, [-1, *residual.shape[1:3]]) / self.mean

    def multiply_adds(self, positions: int) -> int:
        clusters, channels, rank = self.vectors.shape
        return int(positions * channels * clusters * (rank + 1))


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
        rows = _sampled(positions, self.sample, seed)
        clusters = self._clusters(whitener(residuals.reshape(-1, channels)[rows].astype(np.float32)), seed)
        covariances = np.stack([np.cov(each, rowvar=False, bias=True) for each in clusters])
        return Mixture(
            offset=tf.constant(whitener.offset),
            matrix=tf.constant(whitener.matrix),
            centres=tf.constant(np.stack([each.mean(0) for each in clusters])),
            vectors=tf.constant(scaled_eigenvectors(covariances, self.rank, self.shrinkage)),
            shrinkage=self.shrinkage,
        ).scaled(residuals)

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


def _sampled(positions: int, sample: int, seed: int) -> NDArray[np.int64]:
    """Up to `sample` different numbers below `positions`, ascending."""
    random = np.random.default_rng(seed)
    if positions <= MOST_PERMUTED:
        return np.sort(random.permutation(positions)[:sample])
    return np.sort(random.choice(positions, sample, replace=False, shuffle=False))
