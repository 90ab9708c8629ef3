import numpy as np
import pytest
import tensorflow as tf

from tests.support.tiny_training import SIDE, SPEC
from training.autoencoders.denoising import Denoising, DenoisingOptions, Noise

NOISES: list[Noise] = ["gaussian", "salt-and-pepper", "masking"]


def corrupted(noise: Noise, level: float, seed: int = 0) -> np.ndarray:
    grey = tf.fill([4, SIDE, SIDE, 3], 0.5)
    options = DenoisingOptions(noise=noise, noise_level=level)
    found: np.ndarray = Denoising(options, SPEC).corrupt(grey, tf.constant([seed, 3], tf.int64)).numpy()
    return found


def test_gaussian_noise_has_its_standard_deviation() -> None:
    assert corrupted("gaussian", 0.1).std() == pytest.approx(0.1, rel=0.05)


def test_salt_and_pepper_turns_a_share_of_the_pixels_black_or_white() -> None:
    found = corrupted("salt-and-pepper", 0.3)
    assert np.mean(found == 0.0) == pytest.approx(0.15, abs=0.02)
    assert np.mean(found == 1.0) == pytest.approx(0.15, abs=0.02)
    assert np.all(found == found[..., :1])  # all channels of a pixel alike


def test_masking_turns_a_share_of_the_pixels_black() -> None:
    found = corrupted("masking", 0.3)
    assert np.mean(found == 0.0) == pytest.approx(0.3, abs=0.03)
    assert np.mean(found == 0.5) == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("noise", NOISES)
def test_noise_stays_in_range_and_is_decided_by_the_seed(noise: Noise) -> None:
    found = corrupted(noise, 0.8)
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    np.testing.assert_array_equal(found, corrupted(noise, 0.8))
    assert not np.array_equal(found, corrupted(noise, 0.8, seed=1))
