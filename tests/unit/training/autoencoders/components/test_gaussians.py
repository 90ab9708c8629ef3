"""Shrunk covariances."""

import numpy as np
import pytest

from training.autoencoders.components.gaussians import scaled_eigenvectors

SHRINKAGE = 0.3


@pytest.mark.parametrize("n", [5, 40])
def test_eigenvectors_are_scaled_by_what_their_directions_are_worth(n: int) -> None:
    away = np.random.default_rng(4).normal(size=(n, 12)) * np.arange(1, 13)
    covariance = away.T @ away / n
    found = scaled_eigenvectors(covariance[np.newaxis], 3, SHRINKAGE)[0]
    values = np.linalg.svd(away)[1][:3][::-1] ** 2 / n
    factors = 1 / SHRINKAGE - 1 / ((1 - SHRINKAGE) * values + SHRINKAGE)
    np.testing.assert_allclose(np.square(found).sum(axis=0), factors, rtol=1e-5)
    np.testing.assert_allclose(covariance @ found, found * values, rtol=1e-4, atol=1e-4)


def test_members_that_are_alike_and_fewer_directions_than_asked_for_are_no_trouble() -> None:
    found = scaled_eigenvectors(np.zeros((1, 5, 5)), 8, SHRINKAGE)
    assert found.shape == (1, 5, 8)
    assert np.isfinite(found).all()
