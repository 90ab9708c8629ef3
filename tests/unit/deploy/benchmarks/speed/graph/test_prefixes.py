"""The first operators of a graph as a graph of their own."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from deploy.benchmarks.speed.graph.prefixes import prefix, prefix_milliseconds
from deploy.devtools.tiny_graph import brightness_graph

GRAPH = brightness_graph(3, 1.0, 16)
IMAGE = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), np.uint8)


def outputs(model: bytes) -> list[np.ndarray]:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], IMAGE)
    interpreter.invoke()
    return [interpreter.get_tensor(each["index"]) for each in interpreter.get_output_details()]


def test_a_prefix_gives_what_the_rest_of_the_graph_would_read() -> None:
    (cast,) = outputs(prefix(GRAPH, 1))
    np.testing.assert_array_equal(cast, IMAGE.astype(np.float32))
    (mean,) = outputs(prefix(GRAPH, 2))
    np.testing.assert_allclose(mean, IMAGE.mean(axis=-1), rtol=1e-6)


def test_the_prefix_of_all_operators_gives_what_the_graph_gives() -> None:
    ours, whole = (sorted(outputs(model), key=np.size) for model in (prefix(GRAPH, 4), GRAPH))
    for one, other in zip(ours, whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_prefix_has_its_time() -> None:
    assert len(prefix_milliseconds(GRAPH, [1, 4], rounds=2)) == 2
