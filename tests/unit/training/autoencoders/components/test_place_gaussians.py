"""Residuals under the gaussian of their own place."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.components.gaussians import Whitener
from training.autoencoders.components.place_gaussians import PlaceFit, PlaceGaussians

Array = NDArray[np.float64]

SHRINKAGE = 0.3


def sorts(n: int) -> Array:
    """[n, 4, 4, 2]: near (10, 0) in the left half, near (-10, 0) in the right one."""
    centres = np.zeros((n, 4, 4, 2))
    centres[:, :, :2, 0], centres[:, :, 2:, 0] = 10.0, -10.0
    return centres + np.random.default_rng(1).normal(0.0, 0.1, size=(n, 4, 4, 2))


def fitted(residual: Array, rank: int = 2) -> PlaceGaussians:
    return PlaceFit(rank, SHRINKAGE)(residual, Whitener.of(residual))


def lengths(gaussians: PlaceGaussians, residual: Array) -> NDArray[np.float32]:
    return np.asarray(gaussians(tf.constant(residual, tf.float32)))


def test_of_full_rank_it_is_the_mahalanobis_distance_under_the_shrunk_covariance_of_each_place() -> None:
    random = np.random.default_rng(0)
    normal = random.normal(size=(400, 2, 3, 4)) @ random.normal(size=(4, 4)) + 5.0
    gaussians, whitener = fitted(normal, rank=4), Whitener.of(normal)
    found = gaussians.mean * lengths(gaussians, normal)
    for row in range(2):
        for column in range(3):
            z = whitener(normal[:, row, column].astype(np.float32)).astype(np.float64)
            inverse = np.linalg.inv((1 - SHRINKAGE) * np.cov(z.T, bias=True) + SHRINKAGE * np.eye(4))
            expected = np.einsum("ni,ij,nj->n", z - z.mean(0), inverse, z - z.mean(0))
            np.testing.assert_allclose(found[:, row, column], expected, rtol=1e-3, atol=1e-3)


def test_what_is_normal_elsewhere_is_anomalous_here() -> None:
    elsewhere = lengths(fitted(sorts(300)), sorts(300)[:50, :, ::-1])
    assert elsewhere.min() > 5.0  # normal residuals have 1 on average


def test_normal_residuals_have_distance_one_on_average() -> None:
    assert lengths(fitted(sorts(300)), sorts(300)).mean() == pytest.approx(1.0, rel=1e-3)
    assert fitted(sorts(300)).distances(sorts(40)).shape == (40, 4, 4)


def test_fewer_images_than_channels_leave_finite_distances() -> None:
    few = np.random.default_rng(2).normal(size=(3, 2, 2, 6))
    assert np.isfinite(lengths(fitted(few, rank=8), few)).all()
