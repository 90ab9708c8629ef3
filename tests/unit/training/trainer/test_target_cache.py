"""Targets kept on disk."""

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.support.tiny_training import QUIET, SPEC, fit_tiny, tiny_parts
from training.autoencoders.base import Autoencoder, AutoencoderOptions
from training.backend.tensors import Tensor
from training.trainer.target_cache import cache_targets

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


class Halves(Autoencoder[AutoencoderOptions]):
    """Its target is the image at half its brightness, kept in three copies."""

    def cached_copies(self) -> int:
        return 3

    def target(self, images: Tensor) -> Tensor:
        return images / 2.0

    def build(self) -> keras.Model:
        pixels = keras.Input((SPEC.height, SPEC.width, SPEC.channels))
        return keras.Model(pixels, keras.layers.Dense(3, use_bias=False, kernel_initializer="identity")(pixels))


def halves() -> Halves:
    return Halves(AutoencoderOptions(epochs=1, steps=2, batch_size=4), SPEC)


def test_without_a_seed_they_are_the_targets_of_the_images_as_they_are(tmp_path: Path) -> None:
    parts = tiny_parts(20)
    kept = cache_targets(halves(), parts, tmp_path / "kept", QUIET)
    np.testing.assert_allclose(kept, parts / 255.0 / 2.0, atol=1e-3)


def test_each_copy_is_augmented_in_its_own_way(tmp_path: Path) -> None:
    parts = tiny_parts(5)
    kept = cache_targets(halves(), parts, tmp_path / "kept", QUIET, copies=3, seed=1)
    assert kept.shape == (15, *parts.shape[1:])
    copies = kept.reshape(3, 5, -1).astype(np.float64)
    assert np.abs(copies[0] - copies[1]).mean() > 1e-3
    again = cache_targets(halves(), parts, tmp_path / "again", QUIET, copies=3, seed=1)
    np.testing.assert_array_equal(kept, again)


def test_training_takes_them() -> None:
    _, history = fit_tiny(halves(), tiny_parts(8))
    assert history.validation_loss[0] < 1e-4
