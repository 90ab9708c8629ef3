"""Medians and ratios of the benchmark of shadowing."""

from pathlib import Path

from deploy.benchmarks.shadow_cost import Round, summarise, table, write_twin
from service.scoring.bundle import BundleStore
from service.scoring.scorer import Scorer
from tests.support.bundles import write_bundle


def test_medians_of_the_two_kinds_and_their_ratios() -> None:
    rounds = [
        Round(with_challenger=False, images=100, seconds=2.0, cpu_seconds=1.0),
        Round(with_challenger=True, images=100, seconds=4.0, cpu_seconds=1.8),
        Round(with_challenger=False, images=100, seconds=2.0, cpu_seconds=1.0),
        Round(with_challenger=True, images=100, seconds=4.0, cpu_seconds=1.8),
    ]
    figures = summarise(rounds)
    assert figures["without"] == {"images_per_second": 50.0, "cpu_seconds_per_image": 0.01}
    assert (figures["ratio_cpu"], figures["ratio_throughput"]) == (1.8, 0.5)
    assert "| CPU ms/image | 10.0 | 18.0 | 1.80 |" in table(figures)


def test_the_twin_is_a_whole_bundle_with_another_id_and_the_same_graph(tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    champion = store.bundle("default", write_bundle(tmp_path).name)
    twin = Scorer(store.bundle("default", write_twin(store, champion))).bundle
    assert twin.id != champion.id
    assert twin.graph == champion.graph
