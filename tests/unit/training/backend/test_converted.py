"""A converted graph in one precision or the other; what is frozen stays as it is."""

import numpy as np
import tensorflow as tf

from training.backend.converted import ConvertedGraph
from training.backend.litert import convert, runner

SIDE = 8
IMAGES = tf.TensorSpec([1, SIDE, SIDE, 1], tf.uint8, name="images")
MAPS = tf.TensorSpec([1, SIDE, SIDE, 1], tf.float32, name="maps")


def convolved(maps: tf.Tensor) -> dict[str, tf.Tensor]:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 1, 8)).astype(np.float32)
    return {"found": tf.nn.conv2d(maps, kernel, 1, "SAME")}


def test_int8_rounds_what_was_learnt_and_nothing_else() -> None:
    frozen = convert(lambda images: {"maps": tf.cast(images, tf.float32) / 255.0}, IMAGES)
    graph = ConvertedGraph(convert(convolved, MAPS), frozen)
    images = np.random.default_rng(1).integers(0, 256, (2, SIDE, SIDE, 1), np.uint8)
    exact, rounded = (runner(graph.flatbuffer(precision))(images)["found"] for precision in ("float32", "int8"))
    expected = convolved(tf.constant(images / 255.0, tf.float32))["found"].numpy()
    np.testing.assert_allclose(exact, expected, atol=1e-5)
    assert 0.0 < np.abs(rounded - exact).max() < 0.03 * np.abs(exact).max()
