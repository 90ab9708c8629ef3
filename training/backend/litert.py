"""LiteRT flatbuffers: converting a traced TensorFlow function, and running one on images."""

import os
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from training.backend.quiet import quiet

Run = Callable[[NDArray[np.uint8]], dict[str, NDArray[np.float32]]]
"""From images, uint8 [n, height, width, channels], to named outputs float32 [n, …]."""


def convert(traced: Any, takes: tf.TensorSpec) -> bytes:
    """A concrete function of one tensor as a flatbuffer with one signature, weights frozen into it.

    The variables are frozen before the conversion because the converter, given a Keras model with
    variables through from_concrete_functions, silently wrote other numbers (tensorflow 2.21).

    Args:
        traced: what `tf.function(…).get_concrete_function(takes)` gives, from one tensor to a dict of named tensors.
        takes: shape, dtype and name of the tensor.
    """
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


def runner(flatbuffer: bytes) -> Run:
    """A graph of `images`, run on them one by one, as in the service: it is not laid out again for another batch."""
    graph = Interpreter(model_content=flatbuffer, num_threads=os.cpu_count()).get_signature_runner()

    def run(images: NDArray[np.uint8]) -> dict[str, Any]:
        each = [graph(images=image) for image in images[:, np.newaxis]]
        return {name: np.concatenate([found[name] for found in each]) for name in each[0]}

    return run
