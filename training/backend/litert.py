"""LiteRT flatbuffers: converting a TensorFlow function, and running one on images."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.schema_py_generated import SignatureDefT, TensorMapT
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from service.environment.cores import usable_cores
from training.backend.graph_file import packed, unpacked
from training.backend.quiet import quiet
from training.backend.tensors import traced

Run = Callable[[NDArray[np.uint8]], dict[str, NDArray[np.float32]]]
"""From images, uint8 [n, height, width, channels], to named outputs float32 [n, …]."""


SIGNATURE = "serving_default"
"""The name of the one that a graph has: TensorFlow's own, and what the quantiser asks for."""


def convert(function: Callable[..., dict[str, Any]], *takes: tf.TensorSpec) -> bytes:
    """A function of tensors as a flatbuffer with one signature, weights frozen into it.

    The variables are frozen before the conversion because the converter, given a Keras model with
    variables, silently wrote other numbers (tensorflow 2.21). What it is given has no object to be saved
    with, so there is no SavedModel on the way, which took twice as long as the rest; nor is there a signature,
    so it is added.

    Args:
        function: from tensors to a dict of named tensors.
        takes: shape, dtype and name of each tensor. Where all sides of a shape are known, so are those of all that
            is computed, and LiteRT's delegate takes the graph as a whole.
    """
    concrete = traced(function).get_concrete_function(*takes)
    frozen = convert_variables_to_constants_v2(concrete)
    with quiet():
        flatbuffer: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
    # A function gives its outputs in the order of their sorted names.
    return _signed(flatbuffer, [each.name for each in takes], sorted(concrete.structured_outputs))


def _signed(flatbuffer: bytes, takes: Sequence[str], gives: Sequence[str]) -> bytes:
    """The same graph with names for its inputs and outputs, in their order."""
    model = unpacked(flatbuffer)
    (graph,) = model.subgraphs
    inputs = [TensorMapT(*each) for each in zip(takes, graph.inputs, strict=True)]
    outputs = [TensorMapT(*each) for each in zip(gives, graph.outputs, strict=True)]
    model.signatureDefs = [SignatureDefT(inputs, outputs, SIGNATURE)]
    return packed(model)


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
