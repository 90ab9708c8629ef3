"""Following the challengers of a store."""

from pathlib import Path

import pytest

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.scoring.bundle import GRAPH, BundleStore
from tests.support.bundles import challenge, crown, withdraw, write_bundle


class Store:
    """Challengers over a temporary store with a champion, and their metrics."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.metrics = Metrics()
        self.challengers = Challengers(BundleStore(root), self.metrics, threads=1)
        self.champion = write_bundle(root)

    def challenge(self, gain: float) -> Path:
        folder = write_bundle(self.root, gain=gain, champion=False)
        challenge(folder)
        return folder

    def judging(self) -> str | None:
        """The id of the challenger that judges."""
        self.challengers.refresh()
        scorer = self.challengers.get("default")
        return None if scorer is None else scorer.bundle.id

    def sample(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"stream": "default", **labels})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_without_a_challenger_nobody_judges(store: Store) -> None:
    assert store.judging() is None


def test_a_challenger_is_taken_in_replaced_and_withdrawn(store: Store) -> None:
    first = store.challenge(0.5)
    assert store.judging() == first.name
    second = store.challenge(0.8)
    assert store.judging() == second.name
    info = {"autoencoder": "brightness"}
    assert store.sample("linewatch_challenger_info", bundle=first.name, **info) is None
    assert store.sample("linewatch_challenger_info", bundle=second.name, **info) == 1
    withdraw(second)
    assert store.judging() is None
    assert store.sample("linewatch_challenger_info", bundle=second.name, **info) is None


def test_an_unchanged_challenger_is_not_loaded_again(store: Store) -> None:
    store.challenge(0.5)
    store.judging()
    scorer = store.challengers.get("default")
    store.judging()
    assert store.challengers.get("default") is scorer


def test_a_bad_challenger_is_refused_once_and_the_one_before_it_judges_no_more(store: Store) -> None:
    store.challenge(0.5)
    store.judging()
    (store.challenge(0.8) / GRAPH).write_bytes(b"broken")
    assert [store.judging() for _ in range(2)] == [None, None]
    assert "unaltered" in store.challengers.refusals()["default"].why
    assert store.sample("linewatch_shadow_faults_total") == 1


def test_a_challenger_that_was_not_yet_whole_is_taken_in_once_it_is(store: Store) -> None:
    folder = store.challenge(0.5)
    graph = (folder / GRAPH).read_bytes()
    (folder / GRAPH).unlink()
    assert store.judging() is None
    (folder / GRAPH).write_bytes(graph)
    assert store.judging() == folder.name
    assert store.challengers.refusals() == {}


def test_one_that_failed_stays_off_until_it_is_withdrawn(store: Store) -> None:
    folder = store.challenge(0.5)
    store.judging()
    for _ in range(2):
        store.challengers.fail("default", store.challengers.all()["default"], RuntimeError("no memory"))
    assert store.judging() is None
    assert store.sample("linewatch_shadow_faults_total") == 1
    withdraw(folder)
    store.judging()
    challenge(folder)
    assert store.judging() == folder.name


def test_a_late_failure_of_a_challenger_that_was_replaced_does_not_touch_its_successor(store: Store) -> None:
    store.challenge(0.5)
    store.judging()
    replaced = store.challengers.all()["default"]
    second = store.challenge(0.8)
    store.judging()
    store.challengers.fail("default", replaced, RuntimeError("late"))
    assert store.judging() == second.name


def test_a_challenger_that_was_promoted_judges_no_more(store: Store) -> None:
    folder = store.challenge(0.5)
    crown(folder)
    assert store.judging() is None
    assert store.challengers.refusals() == {}


def test_a_challenger_that_cannot_be_read_for_a_moment_goes_on_afterwards(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store.challenge(0.5)
    store.judging()

    def fail(*_: object) -> str:
        raise OSError("stale file handle")

    with monkeypatch.context() as broken:
        broken.setattr(BundleStore, "challenger_id", fail)
        assert store.judging() is None
    assert store.judging() == folder.name
