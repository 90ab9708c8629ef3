"""What following a role of the store has in common, by a follower that only notes its reports."""

from pathlib import Path

import pytest

from service.bundles.follower import BundleFollower, Refusal
from service.metrics import Metrics
from service.scoring.bundle import GRAPH, Bundle, BundleError, BundleStore
from service.scoring.scorer import Scorer
from tests.support.bundles import crown, write_bundle


class Follower(BundleFollower):
    """Follows the champions; `reports` are what it loaded and refused, in order."""

    def __init__(self, root: Path) -> None:
        super().__init__(BundleStore(root), Metrics(), threads=1)
        self.reports: list[tuple[str, str]] = []

    def _chosen(self, stream: str) -> str | None:
        return self._store.champion_id(stream)

    def _read(self, stream: str, chosen: str) -> Bundle | None:
        return self._store.bundle(stream, chosen) if chosen else None

    def _on_vacant(self, stream: str, loaded: Scorer) -> None:
        self.reports.append((stream, f"vacant after {loaded.bundle.id}"))

    def _on_outdated(self, stream: str, loaded: Scorer) -> None:
        """Uses it until the next one is loaded."""

    def _on_loaded(self, stream: str, scorer: Scorer, replaced: Scorer | None) -> None:
        self.reports.append((stream, f"{replaced.bundle.id if replaced else ''} -> {scorer.bundle.id}"))

    def _on_refused(self, stream: str, refusal: Refusal) -> None:
        self.reports.append((stream, f"refused {refusal.bundle}"))

    def _on_cleared(self, stream: str) -> None:
        self.reports.append((stream, "refused no more"))

    def _on_readable_store(self) -> None:
        self.reports.append(("", "readable again"))

    def _on_unreadable_store(self, error: BundleError) -> None:
        self.reports.append(("", str(error)))


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(tmp_path)


def test_a_bundle_is_loaded_once_and_then_replaced_by_the_next(follower: Follower, tmp_path: Path) -> None:
    first = write_bundle(tmp_path)
    follower.refresh()
    follower.refresh()
    second = write_bundle(tmp_path, gain=0.5)
    follower.refresh()
    assert follower.reports == [("default", f" -> {first.name}"), ("default", f"{first.name} -> {second.name}")]


def test_a_refusal_is_reported_once_and_the_loaded_bundle_stays(follower: Follower, tmp_path: Path) -> None:
    good = write_bundle(tmp_path)
    follower.refresh()
    bad = write_bundle(tmp_path, gain=0.5)
    (bad / GRAPH).write_bytes(b"broken")
    follower.refresh()
    follower.refresh()
    assert follower.reports[1:] == [("default", f"refused {bad.name}")]
    assert follower.all()["default"].bundle.id == good.name
    crown(good)
    follower.refresh()
    assert follower.refusals() == {}


def test_streams_are_followed_apart_and_listed_by_name(follower: Follower, tmp_path: Path) -> None:
    for stream in ("right", "left"):
        write_bundle(tmp_path, stream)
    (write_bundle(tmp_path, "middle") / GRAPH).unlink()
    follower.refresh()
    assert list(follower.all()) == ["left", "right"]
    assert list(follower.refusals()) == ["middle"]


def test_a_dictionary_that_was_handed_out_does_not_change_with_the_store(follower: Follower, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    before = follower.all()
    follower.refresh()
    assert before == {}
    assert list(follower.all()) == ["default"]


def test_a_store_that_cannot_be_read_is_reported_once_until_it_can_be_again(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: BundleStore) -> list[str]:
        raise BundleError("stale file handle")

    for _ in range(2):
        with monkeypatch.context() as broken:
            broken.setattr(BundleStore, "streams", fail)
            follower.refresh()
            follower.refresh()
        follower.refresh()
    assert follower.reports == [("", "stale file handle"), ("", "readable again")] * 2


def test_a_stream_whose_role_is_vacant_has_no_bundle_and_no_refusal(follower: Follower, tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "champion").write_text("\n")
    follower.refresh()
    assert follower.get("default") is None
    assert follower.refusals() == {}


ERRORS = [
    RecursionError("too deep"),
    MemoryError(),
    KeyError("score"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_the_bundle_of_one_stream_raises_is_its_refusal_and_stops_no_other(
    follower: Follower, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for stream in ("bad", "good"):
        write_bundle(tmp_path, stream)
    read = BundleStore.bundle

    def fails(store: BundleStore, stream: str, chosen: str) -> Bundle:
        if stream == "bad":
            raise error
        return read(store, stream, chosen)

    monkeypatch.setattr(BundleStore, "bundle", fails)
    follower.refresh()
    assert list(follower.all()) == ["good"]
    assert f"found one that fails ({type(error).__name__}" in follower.refusals()["bad"].why


def test_a_refused_bundle_is_not_loaded_at_every_look_but_again_when_its_files_change_or_after_a_while(
    follower: Follower, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, loads = write_bundle(tmp_path), list[str]()
    graph = (folder / GRAPH).read_bytes()
    (folder / GRAPH).unlink()
    read = BundleStore.bundle

    def counted(store: BundleStore, stream: str, chosen: str) -> Bundle:
        loads.append(chosen)
        return read(store, stream, chosen)

    monkeypatch.setattr(BundleStore, "bundle", counted)
    for _ in range(3):
        follower.refresh()
    assert len(loads) == 1
    with monkeypatch.context() as later:
        later.setattr("service.bundles.follower.RETRY_SECONDS", 0.0)
        follower.refresh()
    assert len(loads) == 2
    (folder / GRAPH).write_bytes(graph)
    follower.refresh()
    assert follower.all()["default"].bundle.id == folder.name


def test_a_loaded_bundle_whose_role_is_vacant_is_reported(follower: Follower, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    follower.refresh()
    (folder.parent / "champion").write_text("")
    follower.refresh()
    (folder.parent / "champion").unlink()
    follower.refresh()
    assert follower.reports[1:] == [("default", f"vacant after {folder.name}")] * 2
    assert follower.all()["default"].bundle.id == folder.name


def test_a_stream_that_was_only_ever_refused_is_forgotten_with_its_champion(follower: Follower, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder / GRAPH).unlink()
    follower.refresh()
    (folder.parent / "champion").unlink()
    follower.refresh()
    assert follower.refusals() == {}
