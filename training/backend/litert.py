"""From TensorFlow to LiteRT flatbuffers."""

from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from training.backend.quiet import quiet

Function = Callable[[Any], dict[str, Any]]
"""From one tensor to named tensors; TensorFlow ships no types."""


def convert(function: Function, takes: tf.TensorSpec) -> bytes:
    """A function of one tensor as a flatbuffer with one signature, weights frozen into it.

    The variables are frozen before the conversion because the converter, given a Keras model with
    variables through from_concrete_functions, silently wrote other numbers (tensorflow 2.21).
    """
    traced = tf.function(function).get_concrete_function(takes)
    names = sorted(traced.structured_outputs)
    frozen = convert_variables_to_constants_v2(traced)

    def run(given: Any) -> dict[str, Any]:
        # The frozen function gives its outputs as a list, in the order of their sorted names.
        return dict(zip(names, frozen(given), strict=True))

    module = tf.Module()
    module.run = tf.function(run, input_signature=[takes])
    # Nothing is trained any more, and custom gradients (of swish, for one) cannot be saved once variables are frozen.
    no_gradients = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    with TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, module.run.get_concrete_function(), no_gradients)
        flatbuffer: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return flatbuffer
