"""Graphs whose convolutions compute in int8."""

import keras
from ai_edge_quantizer.qtyping import TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer

from training.backend.quiet import quiet
from training.errors import TrainingError

BITS = 8

CONVOLUTION = TFLOperationName.CONV_2D
"""Depthwise ones stay float32: they are few multiply-adds, and LiteRT has no fast kernel for them that takes floats."""


def quantised(flatbuffer: bytes) -> bytes:
    """A float32 graph with its convolutions in int8: weights for each output channel, inputs for each image.

    A number x is held as the integer nearest to x / s, with s by the largest weight of a channel, or the largest
    number in a map; products are summed in integers, and what comes out is float32. So there is no range that was
    measured on normal images and cuts off what lies beyond it, as on a defect, and sums and distances stay exact. The
    scheme for weights is that of Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR (2018); LiteRT calls it dynamic range quantization. The graph's input and
    outputs stay as they are.
    """
    quantizer = Quantizer(bytearray(flatbuffer))
    quantizer.add_dynamic_config(".*", CONVOLUTION, num_bits=BITS)
    with quiet():  # the library shows its own progress
        return bytes(quantizer.quantize(enable_progress_report=False).quantized_model)


def check_convolutions(network: keras.Model) -> None:
    """Raises: TrainingError: if a network has no convolutions, and so nothing to compute in int8."""
    if not any(isinstance(layer, keras.layers.Conv2D) for layer in network.layers):
        raise TrainingError(
            "expected an autoencoder with convolutions for --precision int8, found one without; "
            "leave --precision out, or choose another --autoencoder"
        )
