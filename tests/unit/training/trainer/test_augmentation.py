import numpy as np
import tensorflow as tf

from tests.support.tiny_training import tiny_parts
from training.backend.tensors import normalised
from training.trainer.augmentation import augment


def augmented(seed: int) -> np.ndarray:
    pixels = normalised(tf.constant(tiny_parts(4)))
    found: np.ndarray = augment(pixels, tf.constant([0, seed], tf.int64)).numpy()
    return found


def test_an_augmented_image_is_another_of_the_same_shape_and_range() -> None:
    before, after = normalised(tf.constant(tiny_parts(4))).numpy(), augmented(1)
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert not np.array_equal(after, before)
    assert 0.0 <= after.min() <= after.max() <= 1.0


def test_the_seed_decides() -> None:
    np.testing.assert_array_equal(augmented(1), augmented(1))
    assert not np.array_equal(augmented(1), augmented(2))
