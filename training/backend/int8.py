"""Graphs that compute in int8: by ranges taken from each image, or by ranges measured beforehand."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import keras
from ai_edge_quantizer import recipe
from ai_edge_quantizer.qtyping import TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer

from training.backend.quiet import quiet
from training.errors import TrainingError

BITS = 8

CONVOLUTION = TFLOperationName.CONV_2D
"""Depthwise ones stay float32: they are few multiply-adds, and LiteRT has no fast kernel for them that takes floats."""

FLOATS = (TFLOperationName.INPUT, TFLOperationName.OUTPUT, TFLOperationName.AVERAGE_POOL_2D)
"""What stays float32 in a graph by measured ranges: its ends, and pools, of which LiteRT's delegate takes no others."""


def quantised(flatbuffer: bytes, named: Sequence[str] = ()) -> bytes:
    """A float32 graph with its convolutions in int8: weights for each output channel, inputs for each image.

    A number x is held as the integer nearest to x / s, with s by the largest weight of a channel, or the largest
    number in a map; products are summed in integers, and what comes out is float32. So there is no range that was
    measured on normal images and cuts off what lies beyond it, as on a defect, and sums and distances stay exact. The
    scheme for weights is that of Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR (2018); LiteRT calls it dynamic range quantization. The graph's input and
    outputs stay as they are.

    Args:
        flatbuffer: the graph.
        named: matrix products whose name has one of these in it are in int8, too.
    """
    quantizer = Quantizer(bytearray(flatbuffer))
    quantizer.add_dynamic_config(".*", CONVOLUTION, num_bits=BITS)
    for name in named:
        quantizer.add_dynamic_config(f".*{name}.*", TFLOperationName.FULLY_CONNECTED, num_bits=BITS)
    with quiet():  # the library shows its own progress
        return bytes(quantizer.quantize(enable_progress_report=False).quantized_model)


def statically_quantised(flatbuffer: bytes, examples: Iterable[dict[str, Any]]) -> bytes:
    """A float32 graph with all of it in int8, by the ranges that its tensors have over examples of its inputs.

    Faster than `quantised`, since nothing in it is float32 but inputs and outputs. It cuts off what lies beyond the
    ranges, and so is for a part whose outputs are learnt from afterwards. The scheme is the same (Jacob et al. 2018).
    """
    quantizer = Quantizer(bytearray(flatbuffer))
    quantizer.load_quantization_recipe(recipe.static_wi8_ai8())
    for kind in FLOATS:
        quantizer.update_quantization_recipe(".*", kind, algorithm_key="no_quantize")
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library about its own use of LiteRT
        ranges = quantizer.calibrate({"serving_default": list(examples)})
        return bytes(quantizer.quantize(ranges, enable_progress_report=False).quantized_model)


def check_convolutions(network: keras.Model) -> None:
    """Raises: TrainingError: if a network has no convolutions, and so nothing to compute in int8."""
    if not any(isinstance(layer, keras.layers.Conv2D) for layer in network.layers):
        raise TrainingError(
            "expected an autoencoder with convolutions for --precision int8, found one without; "
            "leave --precision out, or choose another --autoencoder"
        )
