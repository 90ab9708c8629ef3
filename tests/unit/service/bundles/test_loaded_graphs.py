"""The bound on graphs in memory."""

from service.bundles.loaded_graphs import LoadedGraphs
from service.metrics import Metrics
from service.scoring.graph import Graph
from service.scoring.input_spec import InputSpec
from tests.support.bundles import SIDE, brightness_graph

SPEC = InputSpec(height=SIDE, width=SIDE, channels=3)


def test_a_graph_that_is_used_again_stays_and_another_leaves() -> None:
    graphs = LoadedGraphs(Metrics(), most=2)
    first, second, third = (Graph(brightness_graph(3, 1.0), SPEC) for _ in range(3))
    for each in (first, second, first, third):
        graphs.use(each)
    assert [each._loaded is not None for each in (first, second, third)] == [True, False, True]


def test_one_that_is_forgotten_stays_loaded_for_those_who_have_it() -> None:
    graphs = LoadedGraphs(Metrics(), most=1)
    first, second = (Graph(brightness_graph(3, 1.0), SPEC) for _ in range(2))
    graphs.use(first)
    graphs.forget(first)
    graphs.use(second)
    assert first._loaded is not None
