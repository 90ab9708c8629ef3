"""Graphs cut off behind some of their outputs."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from training.backend.litert import convert
from training.backend.outputs import ending_at

KERNEL = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)
GRAPH = convert(
    lambda values: {"near": tf.matmul(values, KERNEL), "far": tf.matmul(tf.nn.relu(tf.matmul(values, KERNEL)), KERNEL)},
    tf.TensorSpec([1, 8], tf.float32, name="values"),
)
VALUES = np.random.default_rng(1).normal(size=(1, 8)).astype(np.float32)


def run(graph: bytes) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = Interpreter(model_content=graph).get_signature_runner()(values=VALUES)
    return found


def operators(graph: bytes) -> int:
    return len([each for each in Interpreter(model_content=graph)._get_ops_details() if each["op_name"] != "DELEGATE"])


def test_what_is_left_gives_what_the_whole_gives() -> None:
    for name in ("near", "far"):
        found = run(ending_at(GRAPH, [name]))
        assert list(found) == [name]
        np.testing.assert_array_equal(found[name], run(GRAPH)[name])


def test_operators_that_only_other_outputs_need_are_gone() -> None:
    assert operators(ending_at(GRAPH, ["near"])) == 1
    assert operators(ending_at(GRAPH, ["near", "far"])) == operators(GRAPH)


def test_an_output_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        ending_at(GRAPH, ["score"])
