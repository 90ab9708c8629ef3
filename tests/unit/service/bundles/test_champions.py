"""Following the store."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

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


def test_a_store_that_is_gone_leaves_the_champions_deciding_and_is_told_once_until_it_is_back(store: Store) -> None:
    write_bundle(store.root / "inner")
    champions = Champions(BundleStore(store.root / "inner"), store.metrics, threads=1)
    champions.refresh()
    (store.root / "inner").rename(store.root / "away")
    with capture_logs() as lines:
        for _ in range(2):
            champions.refresh()
        assert list(champions.all()) == ["default"]
        assert "expected a readable bundle store" in champions.store_error
        (store.root / "away").rename(store.root / "inner")
        champions.refresh()
    assert [line["event"] for line in lines] == ["bundle store unreadable", "bundle store readable again"]
    assert champions.store_error == ""


@pytest.mark.parametrize("gone", ["champion", "stream", "all"])
def test_a_champion_gone_from_the_store_goes_on_deciding_and_says_so_until_it_is_back(
    store: Store, tmp_path_factory: pytest.TempPathFactory, gone: str
) -> None:
    """`all` is an empty mount in place of the store."""
    folder, away = write_bundle(store.root), tmp_path_factory.mktemp("away") / "kept"
    store.champions.refresh()
    what = folder.parent / "champion" if gone == "champion" else folder.parent
    assert store.sample("linewatch_champion_missing", stream="default") == 0
    with capture_logs() as lines:
        what.rename(away)
        for _ in range(2):
            store.champions.refresh()
        assert store.champions.all()["default"].bundle.id == folder.name
        assert store.champions.refusals()["default"].is_gone
        assert store.sample("linewatch_champion_missing", stream="default") == 1
        away.rename(what)
        store.champions.refresh()
    assert [line["event"] for line in lines] == [
        "champion gone from the store",
        "the store's champion can be used again",
    ]
    assert lines[0]["still_deciding"] == folder.name
    assert store.sample("linewatch_champion_missing", stream="default") == 0
    assert store.sample("linewatch_bundle_reloads_total", stream="default", result="refused") is None


@pytest.mark.parametrize("content", ["0123456789abcdef".encode("utf-16"), b"\0", b"../../elsewhere", b"\xff\xfe\xfd"])
def test_a_pointer_that_is_none_is_one_refusal_and_the_next_good_champion_is_taken_in(
    store: Store, content: bytes
) -> None:
    for stream in ("default", "other"):
        write_bundle(store.root, stream)
    store.champions.refresh()
    (store.root / "default" / "champion").write_bytes(content)
    other = write_bundle(store.root, "other", gain=0.5)
    with capture_logs() as lines:
        for _ in range(3):
            store.champions.refresh()
    assert [line["event"] for line in lines] == ["bundle refused", "bundle loaded"]
    assert store.champions.all()["other"].bundle.id == other.name
    assert store.sample("linewatch_bundle_reloads_total", stream="default", result="refused") == 1
    assert store.sample("linewatch_champion_missing", stream="default") == 1
    good = write_bundle(store.root, gain=0.5)
    store.champions.refresh()
    assert store.champions.all()["default"].bundle.id == good.name
    assert store.sample("linewatch_champion_missing", stream="default") == 0
