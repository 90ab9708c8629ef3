"""The part of a graph that an operator belongs to."""

from deploy.benchmarks.speed.graph.operators import Operator
from deploy.benchmarks.speed.graph.parts import part_of_each


def operator(name: str, kind: str = "CONV_2D", height: int = 64) -> Operator:
    return Operator(kind, name, "float32", 0, 0, 0, (1, height, height, 8))


def test_scopes_in_names_decide_and_an_operator_without_one_belongs_to_the_part_before_it() -> None:
    names = ["cast", "backbone/stage_2/conv;relu", "add", "x;autoencoder/conv", "whitening", "mixtures/fc", "map/mean"]
    assert part_of_each([operator(name) for name in names]) == [
        *["backbone/stage_2"] * 3,
        "autoencoder",
        "whitening",
        "mixtures",
        "map",
    ]


def test_a_scope_is_a_whole_word_of_the_name() -> None:
    assert part_of_each([operator("backbone/a"), operator("bitmap/b"), operator("remap")]) == ["backbone"] * 3


def test_without_scopes_the_order_decides_and_the_backbone_is_named_by_its_reduction() -> None:
    operators = [
        operator("cast", "CAST", 64),
        operator("Conv2D", height=32),
        operator("AvgPool2D", "AVERAGE_POOL_2D", 4),  # a branch: the next convolution still sees a half
        operator("Conv2D_1", height=32),
        operator("Conv2D_2", height=16),
        operator("feature_1/conv2d_1/convolution", height=4),
        operator("MatMul_61", "FULLY_CONNECTED"),
        operator("AddN", "ADD_N"),
        operator("TopKV2", "TOPK_V2"),
    ]
    assert part_of_each(operators) == [
        *("backbone 1/1", "backbone 1/2", "backbone 1/2", "backbone 1/2", "backbone 1/4"),
        *("autoencoder", "mixtures", "map", "map"),
    ]


def test_a_graph_of_unknown_names_is_one_part() -> None:
    assert part_of_each([operator("a"), operator("b")]) == ["all", "all"]
