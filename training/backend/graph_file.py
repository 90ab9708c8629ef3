"""Reading and writing LiteRT flatbuffers as objects."""

import numpy as np
from ai_edge_litert.tools import flatbuffer_utils
from ai_edge_litert.tools.flatbuffer_utils import ModelT


def unpacked(flatbuffer: bytes) -> ModelT:
    """A graph as objects, which can be changed."""
    return flatbuffer_utils.read_model_from_bytearray(bytearray(flatbuffer))


def packed(model: ModelT) -> bytes:
    """The flatbuffer of a graph that was `unpacked`."""
    for buffer in model.buffers:
        if buffer.data is not None:
            buffer.data = np.frombuffer(bytes(buffer.data), np.uint8)  # bytes would be packed one by one
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
