from pathlib import Path

import pytest

from service.scoring.bundle import BundleError, BundleStore
from tests.support.bundles import write_bundle
from training.bundles.history import HISTORY, Change, history
from training.bundles.roles import challenge, make_champion, rollback, withdraw
from training.errors import TrainingError
from training.pipelines.promote import promote

STREAM = "line"


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path)


def bundles(store: BundleStore, count: int) -> list[str]:
    return [write_bundle(store.root, STREAM, champion=False, seed=seed).name for seed in range(count)]


def crown(store: BundleStore, bundle: str) -> Change:
    return make_champion(store, STREAM, bundle, "promote" if store.champion_id(STREAM) else "first")


def test_a_new_champion_is_recorded_with_what_speaks_for_it(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    crown(store, first)
    change = make_champion(store, STREAM, second, "promote", backtest="0" * 64, forced="urgent")
    assert store.champion_id(STREAM) == second
    assert (change.bundle, change.previous, change.backtest, change.forced) == (second, first, "0" * 64, "urgent")
    assert history(store, STREAM)[-1] == change


def test_a_damaged_bundle_is_not_made_champion(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    crown(store, first)
    (store.folder(STREAM) / second / "model.tflite").write_bytes(b"altered")
    with pytest.raises(BundleError, match="unaltered"):
        crown(store, second)
    assert store.champion_id(STREAM) == first
    assert len(history(store, STREAM)) == 1


def test_rolling_back_repeatedly_goes_further_back(store: BundleStore) -> None:
    first, second, third = bundles(store, 3)
    for each in (first, second, third):
        crown(store, each)
    assert rollback(store, STREAM).bundle == second
    assert rollback(store, STREAM).bundle == first
    with pytest.raises(TrainingError, match="before the present one"):
        rollback(store, STREAM)
    assert store.champion_id(STREAM) == first


def test_a_promotion_after_a_rollback_starts_from_there(store: BundleStore) -> None:
    first, second, third = bundles(store, 3)
    for each in (first, second):
        crown(store, each)
    rollback(store, STREAM)
    crown(store, third)
    assert rollback(store, STREAM).bundle == first


def test_going_to_and_fro_is_rolled_back_step_by_step(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    for each in (first, second, first):
        crown(store, each)
    assert [rollback(store, STREAM).bundle for _ in range(2)] == [second, first]


def test_a_champion_set_by_hand_is_rolled_back_to_the_one_in_the_history(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    crown(store, first)
    (store.folder(STREAM) / "champion").write_text(second)
    assert rollback(store, STREAM).bundle == first
    with pytest.raises(TrainingError, match="found none"):
        rollback(store, STREAM)


def test_a_challenger_is_set_replaced_and_withdrawn_and_the_history_says_so(store: BundleStore) -> None:
    first, second, third = bundles(store, 3)
    crown(store, first)
    challenge(store, STREAM, second, why="retrained")
    assert challenge(store, STREAM, second) is None
    challenge(store, STREAM, third)
    assert store.challenger_id(STREAM) == third
    withdraw(store, STREAM)
    assert store.challenger_id(STREAM) is None
    found = [(change.action, change.bundle, change.previous, change.why) for change in history(store, STREAM)[1:]]
    assert found == [
        ("challenge", second, None, "retrained"),
        ("challenge", third, second, None),
        ("withdraw", third, third, None),
    ]
    with pytest.raises(TrainingError, match="nothing to withdraw"):
        withdraw(store, STREAM)


def test_only_another_bundle_can_challenge_a_champion(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    with pytest.raises(TrainingError, match="to have a champion to challenge"):
        challenge(store, STREAM, first)
    crown(store, first)
    with pytest.raises(TrainingError, match="another bundle than the champion"):
        challenge(store, STREAM, first)
    (store.folder(STREAM) / second / "model.tflite").write_bytes(b"altered")
    with pytest.raises(BundleError, match="unaltered"):
        challenge(store, STREAM, second)


def test_a_challenger_that_is_promoted_is_one_no_more_and_challenges_are_not_rolled_back_to(store: BundleStore) -> None:
    first, second, third = bundles(store, 3)
    crown(store, first)
    challenge(store, STREAM, third)
    crown(store, second)
    assert store.challenger_id(STREAM) == third
    crown(store, third)
    assert store.challenger_id(STREAM) is None
    assert [rollback(store, STREAM).bundle for _ in range(2)] == [second, first]


def test_a_champion_set_by_hand_is_rolled_back_to_once_another_was_promoted(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    (store.folder(STREAM) / "champion").write_text(first)
    crown(store, second)
    assert rollback(store, STREAM).bundle == first


@pytest.mark.parametrize("content", [b"\xff\xfe1\x00", b"../elsewhere", bytes(9)])
def test_a_pointer_that_holds_no_id_is_mended_by_making_a_champion(store: BundleStore, content: bytes) -> None:
    first, second = bundles(store, 2)
    crown(store, first)
    for role in ("champion", "challenger"):
        (store.folder(STREAM) / role).write_bytes(content)
    change = promote(store, STREAM, second)
    assert change is not None
    assert (store.champion_id(STREAM), change.previous) == (second, None)
    challenge(store, STREAM, first)
    assert store.challenger_id(STREAM) == first


def test_a_champion_whose_change_cannot_be_recorded_is_not_made(store: BundleStore) -> None:
    first, second = bundles(store, 2)
    crown(store, first)
    (store.folder(STREAM) / HISTORY).unlink()
    (store.folder(STREAM) / HISTORY).mkdir()  # nothing can be appended to it
    for change in (crown, lambda *given: challenge(given[0], STREAM, given[1])):
        with pytest.raises(TrainingError, match=f"expected to write .*{HISTORY}, found that it cannot be"):
            change(store, second)
    assert (store.champion_id(STREAM), store.challenger_id(STREAM)) == (first, None)
