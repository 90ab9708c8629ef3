"""Graphs that leave memory and come back, whatever has become of the store."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from service.bundles.champions import Champions
from service.bundles.loaded_graphs import LoadedGraphs
from service.bundles.stream_scorer import StreamScorer
from service.metrics import Metrics
from service.scoring.bundle import GRAPH, BundleError, BundleStore, read_bundle
from tests.support.bundles import crown, part, write_bundle

STREAMS = ("bottom", "left", "right", "top")


class Line:
    """Champions of several streams, of which two graphs are in memory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folders = {stream: write_bundle(root, stream, gain=1 + i / 8) for i, stream in enumerate(STREAMS)}
        self.metrics = Metrics()
        self.graphs = LoadedGraphs(self.metrics, most=2)
        self.champions = Champions(BundleStore(root), self.metrics, threads=1, graphs=self.graphs)
        self.champions.refresh()

    def scorer(self, stream: str) -> StreamScorer:
        scorer = self.champions.get(stream)
        assert isinstance(scorer, StreamScorer)
        return scorer

    def scores(self) -> list[float]:
        return [self.scorer(stream).run(part(60)).score for stream in STREAMS]

    def loaded(self) -> list[str]:
        return [stream for stream in STREAMS if self.scorer(stream)._loaded is not None]

    def metric(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(name)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "store")


def test_no_more_graphs_than_the_bound_are_in_memory_and_all_streams_are_known(line: Line) -> None:
    assert list(line.champions.all()) == sorted(STREAMS)
    assert line.loaded() == ["right", "top"]
    assert line.metric("linewatch_loaded_graphs") == 2
    assert line.metric("linewatch_graph_loads_total") == 4
    assert line.metrics.registry.get_sample_value("linewatch_threshold", {"stream": "bottom"}) == 0.5


def test_a_graph_that_left_comes_back_with_the_same_scores(line: Line) -> None:
    expected = line.scores()
    assert expected == sorted(set(expected))  # each its own
    for _ in range(3):
        assert line.scores() == expected
    assert len(line.loaded()) == 2


def test_the_graph_that_was_not_used_for_longest_leaves(line: Line) -> None:
    for stream in ("bottom", "left", "bottom", "top"):
        line.scorer(stream).run(part(60))
    assert line.loaded() == ["bottom", "top"]
    loads = line.metric("linewatch_graph_loads_total")
    line.scorer("bottom").run(part(60))
    assert line.metric("linewatch_graph_loads_total") == loads


@pytest.mark.parametrize("harm", ["gone", "cut short", "altered"])
def test_a_store_that_changes_under_it_reaches_neither_loaded_graphs_nor_those_that_left(line: Line, harm: str) -> None:
    expected = line.scores()
    for folder in line.folders.values():
        graph = folder / GRAPH
        if harm == "gone":
            shutil.rmtree(folder)
        elif harm == "cut short":
            graph.write_bytes(b"")
        else:
            graph.write_bytes(bytes(len(graph.read_bytes())))
    assert line.scores() == expected


def test_a_graph_altered_after_it_was_verified_is_not_loaded(tmp_path: Path) -> None:
    bundle = read_bundle(write_bundle(tmp_path))
    (bundle.path / GRAPH).write_bytes((write_bundle(tmp_path / "other", gain=2.0) / GRAPH).read_bytes())
    with pytest.raises(BundleError, match="unaltered, found another digest"):
        StreamScorer(bundle, 1, LoadedGraphs(Metrics()))


def test_a_champion_that_was_replaced_counts_no_more_and_scores_what_is_under_way(line: Line) -> None:
    before = line.scorer("top")
    expected = before.run(part(60))
    crown(write_bundle(line.root, "top", gain=3.0))
    line.champions.refresh()
    assert line.scorer("top") is not before
    assert line.scorer("top").run(part(60)).score != expected.score
    found = before.run(part(60))
    assert found.score == expected.score
    assert np.array_equal(found.anomaly_map, expected.anomaly_map)
    assert before not in line.graphs._recent


def test_a_refused_bundle_takes_no_place(tmp_path: Path) -> None:
    graphs = LoadedGraphs(Metrics())
    bundle = read_bundle(write_bundle(tmp_path, more={"golden/scores.json": b'{"0.png": 9.0}'}))
    with pytest.raises(BundleError):
        StreamScorer(bundle, 1, graphs)
    assert not graphs._recent
