"""From pixels to what an autoencoder computes with: one form, so that fit and score see the same numbers."""

from typing import Any

import tensorflow as tf

Tensor = Any
"""A float32 tensor; TensorFlow ships no types."""


def normalised(images: Tensor) -> Tensor:
    """uint8 images of any shape, as float32 in 0 to 1.

    Multiplied, not divided: the last bit differs, and TensorFlow makes a division this in tf.function, not in tf.data.
    """
    return tf.cast(images, tf.float32) * (1.0 / 255.0)
