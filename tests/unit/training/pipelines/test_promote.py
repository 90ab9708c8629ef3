"""What a promotion needs."""

from pathlib import Path

import pytest

from service.scoring.bundle import BundleError, BundleStore
from service.scoring.scorer import Scorer
from tests.support.backtests import write_pair, write_tests
from tests.support.bundles import write_bundle
from tests.support.tiny_training import QUIET
from training.backtest.compare import compare
from training.backtest.result import backtest_path, read, save
from training.backtest.samples import folder_samples
from training.bundles.history import history
from training.errors import TrainingError
from training.pipelines.promote import promote

STREAM = "default"


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "store")


def bundles(store: BundleStore, count: int) -> list[str]:
    return [write_bundle(store.root, STREAM, champion=False, seed=seed).name for seed in range(count)]


def backtested(store: BundleStore, gain: float) -> tuple[str, str]:
    """A champion and another bundle, backtested."""
    champion, other = write_pair(store.root, gain)
    scorers = [Scorer(store.bundle(STREAM, name)) for name in (champion, other)]
    data = write_tests(store.root.parent / "data")
    save(store, compare(scorers[0], scorers[1], folder_samples(data, with_train=False), QUIET).result, "<p>report</p>")
    return champion, other


def test_the_first_promotion_makes_a_champion_and_a_line_of_history(store: BundleStore) -> None:
    (only,) = bundles(store, 1)
    change = promote(store, STREAM, only)
    assert change is not None
    assert (change.bundle, change.previous, change.action) == (only, None, "first")
    assert store.champion_id(STREAM) == only
    assert history(store, STREAM) == [change]


def test_promoting_the_champion_again_changes_nothing(store: BundleStore) -> None:
    (only,) = bundles(store, 1)
    promote(store, STREAM, only)
    assert promote(store, STREAM, only) is None
    assert len(history(store, STREAM)) == 1


def test_a_damaged_bundle_is_not_promoted(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    promote(store, STREAM, first)
    (store.folder(STREAM) / second / "model.tflite").write_bytes(b"altered")
    with pytest.raises(BundleError, match="unaltered"):
        promote(store, STREAM, second, force="a test")
    assert store.champion_id(STREAM) == first


def test_without_a_backtest_a_promotion_needs_a_reason_that_the_history_keeps(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    promote(store, STREAM, first)
    with pytest.raises(TrainingError, match=f"backtest of {second} against the champion {first}, found none"):
        promote(store, STREAM, second)
    assert store.champion_id(STREAM) == first
    change = promote(store, STREAM, second, force="the camera was changed")
    assert change is not None
    assert (change.forced, change.backtest) == ("the camera was changed", None)
    assert history(store, STREAM)[-1] == change


def test_a_backtest_without_a_miss_speaks_for_the_promotion_and_the_history_names_it(store: BundleStore) -> None:
    champion, other = backtested(store, 1.01)
    change = promote(store, STREAM, other)
    assert change is not None
    kept = read(store, STREAM, champion, other)
    assert kept is not None
    assert (change.backtest, change.forced, change.previous) == (kept[1], None, champion)
    assert history(store, STREAM) == [change]


def test_a_missed_defect_forbids_it_and_is_named_with_what_to_do(store: BundleStore) -> None:
    champion, other = backtested(store, 0.1)
    with pytest.raises(TrainingError, match=r"found 4 missed \(test/spot/0\.png.*html.*--force REASON"):
        promote(store, STREAM, other)
    assert store.champion_id(STREAM) == champion
    change = promote(store, STREAM, other, force="spots are no defect any more")
    assert change is not None
    assert change.forced == "spots are no defect any more"
    assert change.backtest is not None


def test_a_backtest_against_another_champion_does_not_count(store: BundleStore) -> None:
    _, other = backtested(store, 1.01)
    write_bundle(store.root, gain=0.9)
    with pytest.raises(TrainingError, match="found none; run linewatch-train backtest"):
        promote(store, STREAM, other)


def test_a_damaged_or_renamed_backtest_does_not_count(store: BundleStore) -> None:
    champion, other = backtested(store, 1.01)
    path = backtest_path(store, STREAM, champion, other)
    third = write_bundle(store.root, gain=0.9, champion=False).name
    backtest_path(store, STREAM, champion, third).write_bytes(path.read_bytes())
    with pytest.raises(TrainingError, match="found others; run it again"):
        promote(store, STREAM, third)
    path.write_text(path.read_text()[:-50])
    with pytest.raises(TrainingError, match="none that can be read; run it again"):
        promote(store, STREAM, other)
