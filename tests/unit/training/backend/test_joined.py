"""One graph of two: it computes what they compute one after the other."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from training.backend.joined import joined
from training.backend.litert import convert, runner

IMAGES = tf.TensorSpec([1, 4, 4, 1], tf.uint8, name="images")
HALF = tf.TensorSpec([1, 4, 4, 1], tf.float32, name="half")


def first() -> bytes:
    return convert(lambda images: {"half": tf.cast(images, tf.float32) / 2.0, "unused": images}, IMAGES)


def test_what_the_first_gives_is_what_the_second_takes() -> None:
    second = convert(lambda half: {"score": tf.reduce_sum(half, [1, 2, 3]), "map": half + 1.0}, HALF)
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 1), np.uint8)
    found = runner(joined(first(), second))(images)
    assert sorted(found) == ["map", "score"]
    np.testing.assert_allclose(found["map"], images / 2.0 + 1.0)
    np.testing.assert_allclose(found["score"], images.sum(axis=(1, 2, 3)) / 2.0)


def test_every_tensor_has_a_name_of_its_own() -> None:
    """Converters to other formats know tensors by their names."""
    second = convert(lambda half: {"score": tf.reduce_sum(half / 2.0, [1, 2, 3])}, HALF)
    both = Interpreter(model_content=joined(first(), second))
    names = [tensor["name"] for tensor in both.get_tensor_details() if tensor["name"]]
    assert len(names) == len(set(names))


def test_an_input_that_nobody_gives_is_an_error() -> None:
    other = tf.TensorSpec([1, 4, 4, 1], tf.float32, name="whole")
    with pytest.raises(ValueError, match=r"^expected the first graph to give \['whole'\]"):
        joined(first(), convert(lambda whole: {"score": whole}, other))
