"""Whitened residuals."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from training.whitening import RIDGE, whiten

Array = NDArray[np.float64]


def residuals(n: int, seed: int = 0) -> Array:
    """[n, 2, 3, 4], correlated, and ten times as large in one place."""
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(n, 2, 3, 4)) @ random.normal(size=(4, 4))
    mixed[:, 1, 2] *= 10.0
    return mixed + 5.0


def test_with_full_rank_it_is_the_mahalanobis_length_under_the_shrunk_covariance() -> None:
    normal = residuals(400)
    shrinkage = 0.3
    whitening = whiten(normal, rank=4, shrinkage=shrinkage)

    flat = normal.reshape(-1, 4)
    values, vectors = np.linalg.eigh(np.cov(flat.T, bias=True))
    z = (normal - flat.mean(0)) @ vectors / np.sqrt(values + RIDGE * values.mean())
    place = z[:, 1, 2]
    covariance = (1 - shrinkage) * np.cov(place.T, bias=True) + shrinkage * np.eye(4)
    away = place - place.mean(0)
    expected = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)

    found = whitening(tf.constant(normal, tf.float32)).numpy()[:, 1, 2] * whitening.mean
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_normal_residuals_have_length_one_on_average() -> None:
    normal = residuals(300)
    whitening = whiten(normal, rank=2, shrinkage=0.3)
    assert float(tf.reduce_mean(whitening(tf.constant(normal, tf.float32)))) == pytest.approx(1.0, rel=1e-3)


def test_a_difference_normal_parts_never_show_counts_more_than_one_they_always_show() -> None:
    random = np.random.default_rng(1)
    normal = random.normal(size=(500, 1, 1, 2)) * [10.0, 0.1]
    whitening = whiten(normal, rank=1, shrinkage=0.3)
    usual, unusual = (whitening(tf.constant([[[step]]], tf.float32)) for step in ([1.0, 0.0], [0.0, 1.0]))
    assert float(unusual[0, 0, 0]) > 100.0 * float(usual[0, 0, 0])
