"""Multiply-adds and bytes of a graph, counted from its file."""

from types import SimpleNamespace

import pytest

from deploy.benchmarks.speed.graph import operators
from deploy.benchmarks.speed.graph.operators import read_operators
from deploy.benchmarks.speed.graph.peak import fully_connected
from deploy.devtools.tiny_graph import brightness_graph


@pytest.mark.parametrize(("dtype", "bytes_each"), [("int8", 1), ("float32", 4)])
def test_a_product_of_matrices_has_as_many_multiply_adds_as_its_three_sides_multiplied(
    dtype: str, bytes_each: int
) -> None:
    (product,) = read_operators(fully_connected(32, dtype))
    assert (product.kind, product.dtype, product.macs) == ("FULLY_CONNECTED", dtype, 32**3)
    assert product.weight_bytes == 32 * 32 * bytes_each + 32 * 4  # weights, and a bias of four bytes
    assert product.moved_bytes == 2 * 32 * 32 * bytes_each


def test_operators_without_products_count_no_multiply_adds() -> None:
    found = read_operators(brightness_graph(3, 1.0, 16))
    assert [each.kind for each in found] == ["CAST", "MEAN", "MUL", "REDUCE_MAX"]
    assert not any(each.macs for each in found)
    assert found[0].moved_bytes == 16 * 16 * 3 * (1 + 4)


@pytest.mark.parametrize(
    ("kind", "filter_shape", "output", "macs"),
    [
        ("CONV_2D", (8, 3, 5, 4), (1, 10, 10, 8), 10 * 10 * 8 * 3 * 5 * 4),
        ("DEPTHWISE_CONV_2D", (1, 3, 5, 8), (1, 10, 10, 8), 10 * 10 * 8 * 3 * 5),
        ("FULLY_CONNECTED", (8, 4), (100, 8), 100 * 8 * 4),
        ("RESHAPE", (2,), (100, 8), 0),
    ],
)
def test_multiply_adds_are_those_of_each_output_times_the_outputs(
    kind: str, filter_shape: tuple[int, ...], output: tuple[int, ...], macs: int
) -> None:
    assert operators._macs(kind, None, [(1, 10, 10, 4), filter_shape], output) == macs


@pytest.mark.parametrize(("adjoint", "left"), [(False, (2, 5, 7)), (True, (2, 7, 5))])
def test_a_batched_product_multiplies_along_the_side_that_both_share(adjoint: bool, left: tuple[int, ...]) -> None:
    assert operators._macs("BATCH_MATMUL", SimpleNamespace(adjX=adjoint), [left, (2, 7, 3)], (2, 5, 3)) == 2 * 5 * 3 * 7
