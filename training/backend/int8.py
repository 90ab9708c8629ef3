"""Graphs whose convolutions compute in int8."""

import os
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer.qtyping import TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer
from numpy.typing import NDArray

from service.scoring.manifest import InputSpec
from training.backend.litert import Function, convert
from training.backend.precision import Run
from training.backend.quiet import quiet
from training.errors import TrainingError

BITS = 8

CONVOLUTION = TFLOperationName.CONV_2D
"""Depthwise ones stay float32: they are few multiply-adds, and LiteRT has no fast kernel for them that takes floats."""


class Int8:
    """Weights of convolutions in int8 for each output channel; what comes in is rounded to int8 for each image anew.

    A number x is held as the integer nearest to x / s, with s by the largest weight of a channel, or the largest
    number in a map; products are summed in integers, and what comes out is float32. So there is no range that was
    measured on normal images and cuts off what lies beyond it, as on a defect, and sums and lengths stay exact. The
    scheme for weights is that of Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR (2018); LiteRT calls it dynamic range quantization.

    What `run` computes is what the exported `graph` computes, and the noise of rounding is part of what the mixture
    learns to be normal.
    """

    def __init__(self, spec: InputSpec) -> None:
        """`spec` is of the images that `run` takes."""
        self._takes = tf.TensorSpec([None, spec.height, spec.width, spec.channels], tf.uint8, name="images")

    def graph(self, flatbuffer: bytes) -> bytes:
        """A float32 graph in int8; its input and outputs stay as they are."""
        quantizer = Quantizer(bytearray(flatbuffer))
        quantizer.add_dynamic_config(".*", CONVOLUTION, num_bits=BITS)
        with quiet():  # the library shows its own progress
            return bytes(quantizer.quantize(enable_progress_report=False).quantized_model)

    def run(self, function: Function) -> Run:
        graph = Interpreter(model_content=self.graph(convert(function, self._takes)), num_threads=os.cpu_count())
        runner = graph.get_signature_runner()

        def run(images: NDArray[np.uint8]) -> dict[str, Any]:
            # One by one, as in the service: the graph is not laid out anew for another batch size.
            each = [runner(images=image) for image in images[:, np.newaxis]]
            return {name: np.concatenate([found[name] for found in each]) for name in each[0]}

        return run


def check_convolutions(network: keras.Model) -> None:
    """Raises: TrainingError: if a network has no convolutions, and so nothing to compute in int8."""
    if not any(isinstance(layer, keras.layers.Conv2D) for layer in network.layers):
        raise TrainingError(
            "expected an autoencoder with convolutions for --precision int8, found one without; "
            "leave --precision out, or choose another --autoencoder"
        )
