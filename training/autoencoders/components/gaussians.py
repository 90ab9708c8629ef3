"""Distances of residuals from gaussians: whitening, shrunk covariances, and what measures of several kinds share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.backend.tensors import Tensor, traced

Array = NDArray[np.float32]

BATCH = 16

RIDGE = 1e-3
"""Added to the covariance of all residuals, in mean variances: directions in which normal images hardly differ, as
where there are fewer positions than channels, must not turn rounding errors into defects."""


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
class Gaussians(ABC):
    """A squared Mahalanobis distance of residuals r, in z = W'(r - m), white over all positions of normal images."""

    offset: Tensor
    """[channels]: m."""
    matrix: Tensor
    """[channels, channels]: W."""
    centres: Tensor
    """Of the gaussians, [..., channels]: c."""
    vectors: Tensor
    """Of the gaussians, [gaussians, channels, rank]: eigenvectors, each times the root of its factor."""
    shrinkage: float
    """k, of each covariance to the identity."""
    mean: float = 1.0
    """Of the distance over normal images, which it is divided by."""

    @abstractmethod
    def __call__(self, residual: Tensor) -> Tensor:
        """float32 [batch, h, w, channels] to [batch, h, w]; 1 on average over normal images."""

    @abstractmethod
    def multiply_adds(self, positions: int) -> int:
        """Those of all positions of an image, but for the whitening, which the maps of a stage share."""

    def white(self, residual: Tensor) -> Tensor:
        """Z of each position, [batch x h x w, channels]."""
        return tf.matmul(tf.reshape(residual - self.offset, [-1, self.matrix.shape[0]]), self.matrix)

    def distances(self, residuals: NDArray[Any]) -> Array:
        """The same of any number of residuals, which may lie on disk: float32 [n, h, w]."""
        run = traced(self.__call__)
        return np.concatenate([run(tf.constant(batch)).numpy() for batch in in_batches(residuals)])

    def scaled(self, normal: NDArray[Any]) -> Self:
        """The same, with distance 1 on average over the residuals of normal images."""
        return replace(self, mean=float(self.distances(normal).mean()))


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
