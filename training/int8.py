"""Graphs whose convolutions compute in int8."""

import os
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.tools import flatbuffer_utils
from ai_edge_quantizer.qtyping import TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer
from numpy.typing import NDArray

from training.arithmetic import Run
from training.errors import TrainingError
from training.litert import Function, convert
from training.quiet import quiet

BITS = 8

CONVOLUTIONS = (TFLOperationName.CONV_2D, TFLOperationName.DEPTHWISE_CONV_2D)

MAP_DIMENSIONS = 4
"""Batch, height, width, channels. Sums of two such maps lie between convolutions, and would cost a way out of int8 and
back. All else stays float32: the Mahalanobis length above all, a sum of large numbers that almost cancel out."""

LEAST_KERNEL = 1e-4
"""The least that a kernel's largest weight may be, as a share of its bias. A bias is an int32 in steps that are
proportional to that weight; one of a channel that training has left without weights would not fit."""


class Int8:
    """Weights in int8 for each output channel, activations for each tensor, convolutions in integer arithmetic.

    A number x is held as the integer nearest to x / s + z. For activations s and z are those of the range seen over
    normal images, so what lies far outside of it, as on a defect, is held as the end of the range. The scheme is
    that of Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference", CVPR (2018), done after training.

    The same normal images give the same ranges: what `run` computes is what the exported `graph` computes, and the
    noise of rounding is part of what the mixture learns to be normal.
    """

    def __init__(self, examples: NDArray[np.uint8]) -> None:
        """`examples` are normal images, uint8 [n, height, width, channels], that ranges are measured on."""
        self._examples = examples

    def graph(self, flatbuffer: bytes) -> bytes:
        """A float32 graph of `images` in int8; its input and outputs stay as they are.

        Raises:
            TrainingError: if it has no convolutions.
        """
        quantizer = Quantizer(_with_living_kernels(flatbuffer))
        wanted = [(".*", operation) for operation in CONVOLUTIONS]
        wanted += [(f"^{re.escape(name)};?$", TFLOperationName.ADD) for name in _sums_of_maps(flatbuffer)]
        for names, operation in wanted:
            quantizer.add_static_config(names, operation, activation_num_bits=BITS, weight_num_bits=BITS)
        with quiet(), warnings.catch_warnings():  # the library shows its own progress, and warns of its own settings
            warnings.filterwarnings("ignore", message=".*experimental_preserve_all_tensors", category=UserWarning)
            ranges = quantizer.calibrate(self._calibration(flatbuffer), num_threads=os.cpu_count() or 1)
            return bytes(quantizer.quantize(ranges, enable_progress_report=False).quantized_model)

    def run(self, function: Function) -> Run:
        takes = tf.TensorSpec([None, *self._examples.shape[1:]], tf.uint8, name="images")
        graph = Interpreter(model_content=self.graph(convert(function, takes)), num_threads=os.cpu_count())
        runner = graph.get_signature_runner()

        def run(images: NDArray[np.uint8]) -> dict[str, Any]:
            # One by one, as in the service: the graph is not laid out anew for another batch size.
            each = [runner(images=image) for image in images[:, np.newaxis]]
            return {name: np.concatenate([found[name] for found in each]) for name in each[0]}

        return run

    def _calibration(self, flatbuffer: bytes) -> dict[str, list[dict[str, NDArray[np.uint8]]]]:
        [signature] = Interpreter(model_content=flatbuffer).get_signature_list()
        return {signature: [{"images": image} for image in self._examples[:, np.newaxis]]}


def _with_living_kernels(flatbuffer: bytes) -> bytearray:
    """The graph with one small weight in each kernel that has none to speak of; see LEAST_KERNEL."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(flatbuffer))
    found = False
    for kernel_buffer, bias_buffer, shape, axis in _convolutions(model):
        found = True
        kernel = np.frombuffer(bytes(kernel_buffer.data), np.float32).reshape(shape).copy()
        least = LEAST_KERNEL * np.abs(np.frombuffer(bytes(bias_buffer.data), np.float32))
        channels = np.moveaxis(kernel, axis, 0).reshape(len(least), -1)
        for channel in np.flatnonzero(np.abs(channels).max(axis=1) < least):
            np.moveaxis(kernel, axis, 0)[channel].flat[0] = least[channel]
        kernel_buffer.data = np.frombuffer(kernel.tobytes(), np.uint8)
    if not found:
        raise TrainingError(
            "expected an autoencoder with convolutions for --precision int8, found one without; "
            "leave --precision out, or choose another --autoencoder"
        )
    return bytearray(flatbuffer_utils.convert_object_to_bytearray(model))


def _sums_of_maps(flatbuffer: bytes) -> list[str]:
    """The names of all sums whose result is a map."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(flatbuffer))
    sums = (graph.tensors[operator.outputs[0]] for name, graph, operator in _operators(model) if name == "ADD")
    return [found.name.decode() for found in sums if len(found.shape) == MAP_DIMENSIONS]


def _convolutions(model: Any) -> Iterator[tuple[Any, Any, tuple[int, ...], int]]:
    """Of each convolution the buffers of kernel and bias, the kernel's shape, and its axis of output channels."""
    axes = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3}
    for name, graph, operator in _operators(model):
        if name in axes:
            kernel, bias = (graph.tensors[operator.inputs[place]] for place in (1, 2))
            yield model.buffers[kernel.buffer], model.buffers[bias.buffer], tuple(kernel.shape), axes[name]


def _operators(model: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each operator's name, the subgraph it is in, and the operator."""
    for graph in model.subgraphs:
        for operator in graph.operators:
            yield flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex) or "", graph, operator
