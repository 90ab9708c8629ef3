"""Image tensors: uint8 at the graph's input, float32 in 0 to 1 for the autoencoder; fit and score share one form."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from service.scoring.input_spec import InputSpec
from service.scoring.tiles import number_of_tiles, tile_size

Tensor = Any
"""A float32 tensor; TensorFlow ships no types."""


def images_tensor(spec: InputSpec) -> tf.TensorSpec:
    """What an exported graph takes: `images`, uint8 [1, height, width, channels], or all tiles of one image."""
    return tf.TensorSpec([number_of_tiles(spec), *tile_size(spec), spec.channels], tf.uint8, name="images")


def normalised(images: Tensor) -> Tensor:
    """uint8 images of any shape, as float32 in 0 to 1.

    Multiplied, not divided: the last bit differs, and TensorFlow makes a division this in tf.function, not in tf.data.
    """
    return tf.cast(images, tf.float32) * (1.0 / 255.0)


def traced(function: Callable[..., Any]) -> Any:
    """A function of tensors as a TensorFlow graph, which is quicker to run.

    Source: TensorFlow's guide "Better performance with tf.function".
    """
    return tf.function(as_it_is(function), reduce_retracing=True)


def as_it_is(function: Callable[..., Any]) -> Any:
    """A function that TensorFlow traces without AutoGraph, which takes seconds to look for what it could translate.

    So no `if` and no loop of the function may depend on tensors; one that does raises an error.
    """
    return tf.autograph.experimental.do_not_convert(function)
