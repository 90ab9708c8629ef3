"""Converting functions, and running graphs on many images."""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from training.backend.litert import convert, runner


def test_a_graph_of_one_image_runs_on_any_number_in_their_order() -> None:
    flatbuffer = convert(
        lambda images: {"score": tf.reduce_sum(tf.cast(images, tf.float32), [1, 2, 3])},
        tf.TensorSpec([1, 4, 4, 1], tf.uint8, name="images"),
    )
    images = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 1), np.uint8)
    run = runner(flatbuffer)
    np.testing.assert_array_equal(run(images)["score"], images.sum(axis=(1, 2, 3)))
    np.testing.assert_array_equal(run(images[:1])["score"], images[:1].sum(axis=(1, 2, 3)))


def test_inputs_keep_their_order_and_outputs_their_names() -> None:
    flatbuffer = convert(
        lambda z, a: {"second": z - a, "first": z + a},
        *(tf.TensorSpec([1, 2], tf.float32, name=name) for name in ("z", "a")),
    )
    found = Interpreter(model_content=flatbuffer).get_signature_runner()(
        z=np.full((1, 2), 5.0, np.float32), a=np.ones((1, 2), np.float32)
    )
    assert (found["second"][0, 0], found["first"][0, 0]) == (4.0, 6.0)
