"""Residuals among the gaussians that those of normal images fall into."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.components.gaussians import RIDGE, Whitener
from training.autoencoders.components.residual_mixture import Mixture, MixtureFit

Array = NDArray[np.float64]

SHRINKAGE = 0.3


def residuals(n: int, seed: int = 0) -> Array:
    """[n, 2, 3, 4], correlated."""
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 2, 3, 4)) @ random.normal(size=(4, 4)) + 5.0


def two_sorts(n: int) -> Array:
    """[n, 4, 4, 2]: in each place either near (10, 0) or near (-10, 0), but in the left half always the former."""
    random = np.random.default_rng(1)
    sort = random.choice([-10.0, 10.0], size=(n, 4, 4))
    sort[:, :, :2] = 10.0
    return np.stack([sort, np.zeros_like(sort)], -1) + random.normal(0.0, 0.1, size=(n, 4, 4, 2))


def fitted(fit: MixtureFit, residual: Array) -> Mixture:
    return fit(residual, Whitener.of(residual))


def lengths(mixture: Mixture, residual: Array) -> NDArray[np.float32]:
    found: NDArray[np.float32] = mixture(tf.constant(residual, tf.float32)).numpy()
    return found


def test_one_gaussian_of_full_rank_gives_the_mahalanobis_distance_under_the_shrunk_covariance() -> None:
    normal = residuals(400)
    mixture = fitted(MixtureFit(clusters=1, rank=4, shrinkage=SHRINKAGE), normal)

    flat = normal.reshape(-1, 4)
    values, vectors = np.linalg.eigh(np.cov(flat.T, bias=True))
    z = (flat - flat.mean(0)) @ vectors / np.sqrt(values + RIDGE * values.mean())
    covariance = (1 - SHRINKAGE) * np.cov(z.T, bias=True) + SHRINKAGE * np.eye(4)
    away = z - z.mean(0)
    expected = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)

    np.testing.assert_allclose(mixture.mean * lengths(mixture, normal).ravel(), expected, rtol=1e-3, atol=1e-3)
    assert mixture.mean == pytest.approx(expected.mean(), rel=1e-3)


def test_what_lies_between_two_sorts_of_normal_positions_is_anomalous() -> None:
    mixture = fitted(MixtureFit(clusters=8, rank=2, shrinkage=0.03), two_sorts(300))
    between = lengths(mixture, np.zeros((1, 4, 4, 2)))
    assert between.min() > 4.0 * lengths(mixture, two_sorts(50)).max()


def test_what_is_normal_anywhere_is_normal_everywhere() -> None:
    mixture = fitted(MixtureFit(clusters=64, rank=2, shrinkage=0.1), two_sorts(300))
    found = lengths(mixture, np.tile([-10.0, 0.0], (1, 4, 4, 1)))
    assert found[:, :, 0].min() / found[:, :, 3].max() < 3.0


def test_normal_residuals_have_distance_one_on_average() -> None:
    mixture = fitted(MixtureFit(clusters=4, rank=2, shrinkage=SHRINKAGE), residuals(300))
    assert lengths(mixture, residuals(300)).mean() == pytest.approx(1.0, rel=1e-3)


def test_a_difference_normal_parts_never_show_counts_more_than_one_they_always_show() -> None:
    normal = np.random.default_rng(1).normal(size=(500, 2, 2, 2)) * [10.0, 0.1]
    mixture = fitted(MixtureFit(clusters=1, rank=1, shrinkage=SHRINKAGE), normal)
    usual, unusual = (lengths(mixture, np.tile(step, (1, 2, 2, 1))) for step in ([1.0, 0.0], [0.0, 1.0]))
    assert unusual.min() > 100.0 * usual.max()


def test_few_images_have_few_clusters() -> None:
    mixture = fitted(MixtureFit(clusters=256, rank=2, shrinkage=SHRINKAGE), residuals(8))
    assert mixture.vectors.shape[0] == 1


def test_the_same_residuals_give_the_same_gaussians() -> None:
    first, second = (fitted(MixtureFit(16, 2, SHRINKAGE), residuals(200)) for _ in range(2))
    np.testing.assert_array_equal(first.vectors.numpy(), second.vectors.numpy())


def test_many_positions_are_sampled_without_permuting_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.autoencoders.components.residual_mixture.MOST_PERMUTED", 0)
    normal = two_sorts(300)
    mixture = fitted(MixtureFit(clusters=8, rank=2, shrinkage=0.03, sample=500), normal)
    assert lengths(mixture, normal).mean() == pytest.approx(1.0, abs=1e-3)
