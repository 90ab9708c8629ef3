"""Feature maps and distances brought from one grid to another."""

from collections.abc import Sequence

import tensorflow as tf

from training.backend.tensors import Tensor


def pooled(features: Tensor, step: int) -> Tensor:
    """Features [batch, h, w, channels], each `step` x `step` positions as their mean."""
    return tf.nn.avg_pool2d(features, step, step, "SAME") if step > 1 else features


def resized(features: Tensor, size: Sequence[int]) -> Tensor:
    """Features [batch, h, w, channels] at (height, width), bilinearly; as they are if they have that size."""
    return features if list(features.shape[1:3]) == list(size) else tf.image.resize(features, size)


def resized_maps(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Maps [batch, h, w] at (height, width), likewise."""
    if list(maps.shape[1:3]) == list(size):
        return maps
    return tf.squeeze(tf.image.resize(tf.expand_dims(maps, -1), size), -1)
