"""LiteRT flatbuffers: converting a TensorFlow function, and running one on images."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from service.environment.cores import usable_cores
from training.backend.quiet import quiet

Run = Callable[[NDArray[np.uint8]], dict[str, NDArray[np.float32]]]
"""From images, uint8 [n, height, width, channels], to named outputs float32 [n, …]."""


def convert(function: Callable[..., dict[str, Any]], *takes: tf.TensorSpec) -> bytes:
    """A function of tensors as a flatbuffer with one signature, weights frozen into it.

    The variables are frozen before the conversion because the converter, given a Keras model with
    variables through from_concrete_functions, silently wrote other numbers (tensorflow 2.21).

    Args:
        function: from tensors to a dict of named tensors.
        takes: shape, dtype and name of each tensor. Where all sides of a shape are known, so are those of all that
            is computed, and LiteRT's delegate takes the graph as a whole.
    """
    traced = tf.function(function).get_concrete_function(*takes)
    names = sorted(traced.structured_outputs)
    frozen = convert_variables_to_constants_v2(traced)

    def run(*given: Any) -> dict[str, Any]:
        # The frozen function gives its outputs as a list, in the order of their sorted names.
        return dict(zip(names, frozen(*given), strict=True))

    module = tf.Module()
    module.run = tf.function(run, input_signature=takes)
    # Nothing is trained any more, and custom gradients (of swish, for one) cannot be saved once variables are frozen.
    no_gradients = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    with TemporaryDirectory() as folder, quiet():
        tf.saved_model.save(module, folder, module.run.get_concrete_function(), no_gradients)
        flatbuffer: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return flatbuffer


def runner(flatbuffer: bytes) -> Run:
    """A graph of one image, run on any number of them: one interpreter with one thread for each core.

    A graph of the tiles of an image takes any number of tiles; where it gives something for each of them, it does for
    those alone.
    """
    number = usable_cores()
    graphs = [Interpreter(model_content=flatbuffer, num_threads=1).get_signature_runner() for _ in range(number)]
    name, size = next(iter(graphs[0].get_input_details())), batch_of(graphs[0])

    def share(groups: NDArray[np.uint8], first: int) -> list[dict[str, Any]]:
        return [graphs[first](**{name: group}) for group in groups[first::number]]

    def run(images: NDArray[np.uint8]) -> dict[str, Any]:
        groups = grouped(images, size)
        each: list[dict[str, Any]] = [{}] * len(groups)
        with ThreadPoolExecutor(number) as threads:
            for first, found in enumerate(threads.map(lambda first: share(groups, first), range(number))):
                each[first::number] = found
        return {output: np.concatenate([found[output] for found in each])[: len(images)] for output in each[0]}

    return run


def batch_of(graph: Any) -> int:
    """How many images a graph's signature runner takes at a time: 1, or the tiles of one."""
    (details,) = graph.get_input_details().values()
    return int(details["shape"][0])


def grouped(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Images [n, …] in groups [groups, size, …]; the last is filled up with its last image."""
    missing = -len(images) % size
    filled = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)]) if missing else images
    return filled.reshape(-1, size, *images.shape[1:])
