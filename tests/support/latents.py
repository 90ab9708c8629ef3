"""Bundles whose codes are known: the mean red and the mean green of an image, and back."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.scoring.bundle import GRAPH
from service.scoring.manifest import AutoencoderInfo
from tests.support.bundles import SIDE, write_bundle
from training.latents.table import CODES, DECODER, LatentTable

SIZE = 2


@lru_cache
def colour_graphs() -> tuple[bytes, bytes]:
    """LiteRT graphs: that of brightness with the code (red, green) in 0..1, and the decoder to plain images."""
    import tensorflow as tf  # noqa: PLC0415 - slow, and only needed the first time

    def score(images: Any) -> dict[str, Any]:
        pixels = tf.cast(images, tf.float32) / 255.0
        bright = tf.reduce_mean(pixels, axis=-1)
        code = tf.reduce_mean(pixels, axis=(1, 2))[:, :SIZE]
        return {"score": tf.reduce_max(bright, axis=(1, 2)), "anomaly_map": bright, "code": code}

    def decode(code: Any) -> dict[str, Any]:
        colour = tf.concat([code, tf.zeros([tf.shape(code)[0], 1])], axis=1)
        return {"image": tf.clip_by_value(colour[:, None, None, :] * tf.ones([1, 4, 4, 1]), 0.0, 1.0)}

    def convert(function: Any, takes: Any) -> bytes:
        module = tf.Module()
        module.run = tf.function(function, input_signature=[takes])
        graph: bytes = tf.lite.TFLiteConverter.from_concrete_functions(
            [module.run.get_concrete_function()], module
        ).convert()
        return graph

    return (
        convert(score, tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, name="images")),
        convert(decode, tf.TensorSpec([None, SIZE], tf.float32, name="code")),
    )


def table(codes: NDArray[np.float32]) -> LatentTable:
    return LatentTable(tuple(str(number) for number in range(len(codes))), np.zeros(len(codes)), codes)


def write_coded_bundle(store: Path, stream: str = "default", name: str = "colour") -> Path:
    """A champion with a decoder and the codes of four calibration images around (0.5, 0.25)."""
    graph, decoder = colour_graphs()
    codes = np.array([[0.4, 0.25], [0.6, 0.25], [0.5, 0.15], [0.5, 0.35]], np.float32)
    return write_bundle(
        store,
        stream,
        more={GRAPH: graph, DECODER: decoder, CODES: table(codes).npz()},
        autoencoder=AutoencoderInfo(name=name, parameters=0, code_size=SIZE),
    )


def plain(red: int, green: int) -> NDArray[np.uint8]:
    """An image of one colour, uint8 [SIDE, SIDE, 3]."""
    return np.full((SIDE, SIDE, 3), (red, green, 0), np.uint8)
