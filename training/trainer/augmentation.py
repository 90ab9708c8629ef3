"""Small changes that never change whether a part is normal: the same few for every set."""

import tensorflow as tf

from training.backend.tensors import Tensor

SHIFT = 1 / 16
"""The largest shift, as a share of the side: parts are never positioned quite alike."""

BRIGHTNESS = 0.05
"""The largest change of light: lamps age."""


def augment(images: Tensor, seed: Tensor) -> Tensor:
    """Shift and relight float32 images [batch, height, width, channels]; the seed, int64 [2], decides how."""
    height, width = images.shape[1:3]
    reach = max(1, round(SHIFT * max(height, width)))
    margins = [[0, 0], [reach, reach], [reach, reach], [0, 0]]
    shift = tf.random.stateless_uniform([2], seed, 0, 2 * reach + 1, tf.int32)
    gain = tf.random.stateless_uniform([tf.shape(images)[0], 1, 1, 1], seed, 1.0 - BRIGHTNESS, 1.0 + BRIGHTNESS)
    moved = tf.pad(images, margins, "SYMMETRIC")[:, shift[0] : shift[0] + height, shift[1] : shift[1] + width]
    return tf.clip_by_value(tf.ensure_shape(moved, images.shape) * gain, 0.0, 1.0)
