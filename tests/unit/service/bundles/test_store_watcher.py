"""Watching a store that may not answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.bundles.store_watcher import StoreWatcher
from service.metrics import Metrics
from service.scoring.bundle import BundleStore
from service.status import Status
from service.threads import running
from tests.support.bundles import write_bundle
from tests.support.service import wait_until


class Watched:
    """A watcher over a temporary store."""

    def __init__(self, root: Path) -> None:
        self.metrics, self.status, store = Metrics(), Status(), BundleStore(root)
        self.champions = Champions(store, self.metrics, threads=1)
        challengers = Challengers(store, self.metrics, threads=1)
        self.watcher = StoreWatcher(self.champions, challengers, self.metrics, self.status, every_seconds=0.01)

    @contextmanager
    def watching(self) -> Iterator[threading.Event]:
        stop = threading.Event()
        with running(self.watcher.run, stop, "store", join_seconds=5.0) as thread:
            yield stop
        assert not thread.is_alive()

    def deciding(self, stream: str = "default") -> str:
        scorer = self.champions.get(stream)
        return scorer.bundle.id if scorer else ""

    @property
    def unreadable(self) -> float | None:
        return self.metrics.registry.get_sample_value("linewatch_store_unreadable")


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def hanging(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let the store hang as a dead network share does, until the event is set."""
    answers, streams = threading.Event(), BundleStore.streams

    def hangs(store: BundleStore) -> list[str]:
        answers.wait()
        return streams(store)

    monkeypatch.setattr(BundleStore, "streams", hangs)
    return answers


def test_champions_are_followed(watched: Watched, tmp_path: Path) -> None:
    first = write_bundle(tmp_path)
    with watched.watching():
        wait_until(lambda: watched.deciding() == first.name, "the first champion")
        wait_until(watched.watcher.looked.is_set, "the end of the first look")
        second = write_bundle(tmp_path, gain=0.5)
        wait_until(lambda: watched.deciding() == second.name, "the second champion")


def test_a_store_that_hangs_is_told_in_page_metric_and_log_and_followed_again_once_it_answers(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_bundle(tmp_path)
    monkeypatch.setattr("service.bundles.store_watcher.SLOW_SECONDS", 0.05)
    answers = hanging(monkeypatch)
    with capture_logs() as lines, watched.watching():
        wait_until(lambda: watched.unreadable == 1, "the metric to say so")
        assert "expected the bundle store to answer" in watched.status.store_trouble
        assert watched.status.hangs() == "", "a restart would not mend a store"
        assert not watched.watcher.looked.is_set()
        answers.set()
        wait_until(lambda: watched.deciding() == folder.name and watched.unreadable == 0, "the champion")
        assert watched.status.store_trouble == ""
    events = [line["event"] for line in lines]
    assert events.count("bundle store does not answer") == events.count("bundle store answers again") == 1


def test_a_stop_does_not_wait_for_a_store_that_hangs(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.bundles.store_watcher.LAST_SECONDS", 0.1)
    answers = hanging(monkeypatch)
    with watched.watching():
        wait_until(lambda: any(thread.name == "store look" for thread in threading.enumerate()), "a look")
        began = time.monotonic()
    assert time.monotonic() - began < 4.0
    answers.set()


def test_a_store_that_cannot_be_listed_is_told_until_it_can_be(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "away")
    with watched.watching():
        wait_until(lambda: watched.unreadable == 1, "the metric to say so")
        assert "found none; mount it" in watched.status.store_trouble
        write_bundle(tmp_path / "away")
        wait_until(lambda: watched.unreadable == 0 and watched.deciding() != "", "the champion")


def test_an_error_that_nobody_thought_of_ends_a_look_and_not_the_watcher(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_bundle(tmp_path)
    refresh: Callable[[Champions], None] = Champions.refresh
    left = [RuntimeError("unheard of")] * 3

    def fails_at_first(champions: Champions) -> None:
        if left:
            raise left.pop()
        refresh(champions)

    monkeypatch.setattr(Champions, "refresh", fails_at_first)
    with capture_logs() as lines, watched.watching():
        wait_until(lambda: watched.deciding() == folder.name, "the champion")
    assert [line["event"] for line in lines].count("looking at the store failed") == 3


def test_the_process_is_not_live_if_the_watcher_has_not_turned_for_long(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watched.status.hangs() == "", "it has not begun"
    with watched.watching():
        wait_until(watched.watcher.looked.is_set, "a look")
        assert watched.status.hangs() == ""
    monkeypatch.setattr("service.status.STALE_SECONDS", -1.0)
    assert watched.status.hangs() == "the store's watcher hangs"
