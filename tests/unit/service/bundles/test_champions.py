"""Following the store."""

from pathlib import Path

import pytest

from service.bundles.champions import Champions
from service.metrics import Metrics
from service.scoring.bundle import GRAPH, BundleStore
from tests.support.bundles import crown, part, write_bundle


class Store:
    """Champions over a temporary store, and their metrics."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.metrics = Metrics()
        self.champions = Champions(BundleStore(root), self.metrics, threads=1)

    def sample(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_champions_of_all_streams_are_taken_in(store: Store) -> None:
    folders = {stream: write_bundle(store.root, stream).name for stream in ("left", "right")}
    store.champions.refresh()
    assert {stream: scorer.bundle.id for stream, scorer in store.champions.all().items()} == folders
    assert store.sample("linewatch_bundle_info", stream="left", bundle=folders["left"], autoencoder="brightness") == 1
    assert store.sample("linewatch_threshold", stream="right") == 0.5


def test_an_unchanged_champion_is_not_loaded_again(store: Store) -> None:
    write_bundle(store.root)
    store.champions.refresh()
    scorer = store.champions.get("default")
    store.champions.refresh()
    assert store.champions.get("default") is scorer
    assert store.sample("linewatch_bundle_reloads_total", stream="default", result="loaded") == 1


def test_a_new_champion_replaces_the_old_one_in_scores_and_metrics(store: Store) -> None:
    old = write_bundle(store.root)
    store.champions.refresh()
    new = write_bundle(store.root, gain=0.5)
    store.champions.refresh()
    scorer = store.champions.get("default")
    assert scorer is not None
    assert scorer.bundle.id == new.name
    assert scorer.run(part(102)).score == pytest.approx(0.2)
    info = {"stream": "default", "autoencoder": "brightness"}
    assert store.sample("linewatch_bundle_info", bundle=old.name, **info) is None
    assert store.sample("linewatch_bundle_info", bundle=new.name, **info) == 1


def test_a_bad_champion_is_refused_once_and_the_old_one_goes_on(store: Store) -> None:
    old = write_bundle(store.root)
    store.champions.refresh()
    bad = write_bundle(store.root, gain=0.5)
    (bad / GRAPH).write_bytes(b"broken")
    store.champions.refresh()
    store.champions.refresh()
    scorer = store.champions.get("default")
    assert scorer is not None
    assert scorer.bundle.id == old.name
    assert store.sample("linewatch_bundle_reloads_total", stream="default", result="refused") == 1
    assert "unaltered" in store.champions.refusals()["default"].why


def test_going_back_from_a_refused_champion_clears_the_refusal(store: Store) -> None:
    old = write_bundle(store.root)
    store.champions.refresh()
    (write_bundle(store.root, gain=0.5) / GRAPH).unlink()
    store.champions.refresh()
    crown(old)
    store.champions.refresh()
    assert store.champions.refusals() == {}


def test_a_champion_that_was_not_yet_whole_is_taken_in_once_it_is(store: Store) -> None:
    folder = write_bundle(store.root)
    graph = (folder / GRAPH).read_bytes()
    (folder / GRAPH).unlink()
    store.champions.refresh()
    assert store.champions.get("default") is None
    (folder / GRAPH).write_bytes(graph)
    store.champions.refresh()
    assert store.champions.get("default") is not None


def test_a_store_that_is_gone_leaves_the_champions_deciding(store: Store) -> None:
    write_bundle(store.root / "inner")
    champions = Champions(BundleStore(store.root / "inner"), store.metrics, threads=1)
    champions.refresh()
    (store.root / "inner").rename(store.root / "away")
    champions.refresh()
    assert list(champions.all()) == ["default"]
