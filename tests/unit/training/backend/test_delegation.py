"""Operators that no delegate takes, and graphs that are refused for them."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from deploy.devtools.graph_writer import GraphWriter
from deploy.devtools.tiny_graph import brightness_graph
from training.backend import delegation
from training.backend.delegation import check_delegation, left_to_litert
from training.errors import TrainingError

GRAPH = brightness_graph(3, 1.0, 16)


def reversed_graph() -> bytes:
    """One with an operator that XNNPACK does not know between two that it takes."""
    graph, shape = GraphWriter(), (1, 4)
    images = graph.tensor("images", np.float32, shape)
    twice = graph.apply("ADD", [images, images], np.float32, shape, "Add")
    turned = graph.apply("REVERSE_V2", [twice, graph.constant(np.array([1], np.int32))], np.float32, shape)
    return graph.packed({"images": images}, {"score": graph.apply("ADD", [turned, turned], np.float32, shape, "Add")})


def without_delegate(model_content: bytes, num_threads: int) -> Interpreter:
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return Interpreter(model_content=model_content, num_threads=num_threads, experimental_op_resolver_type=kernels)


def test_the_cast_from_bytes_is_left_to_litert_and_products_are_not() -> None:
    assert [(each.number, each.kind) for each in left_to_litert(GRAPH) or []] == [(0, "CAST")]


def test_a_graph_that_the_delegate_takes_is_good() -> None:
    assert check_delegation(GRAPH) == ""


def test_a_graph_with_an_operator_that_is_not_taken_is_refused_by_name() -> None:
    with pytest.raises(TrainingError, match=r"found that it leaves REVERSE_V2 \(reverse_v2-\d+\);"):
        check_delegation(reversed_graph())


def test_a_runtime_without_a_delegate_refuses_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegation, "Interpreter", without_delegate)
    assert "does not tell which operators" in check_delegation(reversed_graph())


def test_a_runtime_that_lists_no_operators_refuses_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Interpreter, "_get_ops_details")
    assert "does not tell which operators" in check_delegation(reversed_graph())
