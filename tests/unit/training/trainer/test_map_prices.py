"""What each map takes of a graph's time."""

import dataclasses

import pytest

from tests.support.tiny_training import autoencoder_of, tiny_parts
from training.autoencoders.scoring_graph import ScoringGraph
from training.trainer.export import export
from training.trainer.map_prices import map_prices

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

TINY = {"backbone": "random", "width": 8, "latent": 4, "rank": 2, "place_rank": 2, "clusters": 4}


def graph_of(name: str, **options: object) -> ScoringGraph:
    images = tiny_parts(12)
    autoencoder = autoencoder_of(name, options)
    autoencoder.fit_statistics(images)
    network = autoencoder.build()
    autoencoder.finish(network, images[:8], images[8:])
    return ScoringGraph(autoencoder, network)


def test_each_map_has_its_time_and_its_worth() -> None:
    graph = graph_of("feature", **TINY, maps="anywhere5+place4")
    found = map_prices(graph, export(graph))
    assert found is not None
    assert [each.name for each in found.worths] == ["place4", "anywhere5"]
    assert sum(each.weight for each in found.worths) == pytest.approx(1.0)
    assert len(found.ms_after) == len(found.own_ms()) == 2
    assert min(found.ms_before, found.ms_graph, *found.ms_after) > 0.0
    assert dataclasses.replace(found, ms_before=1.0, ms_after=(1.5, 1.25)).own_ms() == [0.5, 0.0]


def test_without_a_trial_of_the_maps_there_is_nothing_to_tell() -> None:
    graph = graph_of("feature", **TINY, even=1.0)
    assert map_prices(graph, b"") is None


def test_an_autoencoder_without_maps_has_no_prices() -> None:
    graph = ScoringGraph(autoencoder_of("conv", {"width": 4, "widest": 8, "latent": 3}), None)
    assert map_prices(graph, b"") is None
