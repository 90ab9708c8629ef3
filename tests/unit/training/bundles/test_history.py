from pathlib import Path

import pytest

from service.scoring.bundle import BundleStore
from training.bundles.history import HISTORY, Action, Change, history, line_of_champions, record, user
from training.errors import TrainingError

STREAM = "line"


def changes(*steps: tuple[Action, str, str | None]) -> list[Change]:
    """Changes from action, bundle and previous bundle."""
    return [
        Change.model_validate({"at": "2026-01-31T12:00:00Z", "by": "kim", "action": a, "bundle": b, "previous": p})
        for a, b, p in steps
    ]


def test_changes_are_appended_and_read_back_in_order(tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    assert history(store, STREAM) == []
    store.folder(STREAM).mkdir()
    first = record(store, STREAM, "first", "a", None)
    second = record(store, STREAM, "promote", "b", "a", backtest="1f", forced="urgent")
    assert history(store, STREAM) == [first, second]
    assert (second.by, second.backtest, second.forced, second.why) == (user(), "1f", "urgent", None)
    assert first.at <= second.at
    assert len((store.folder(STREAM) / HISTORY).read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("steps", "present", "line"),
    [
        ([], None, []),
        ([("first", "a", None)], "a", ["a"]),
        ([("first", "a", None), ("promote", "b", "a")], "b", ["a", "b"]),
        ([("first", "a", None), ("promote", "b", "a"), ("rollback", "a", "b")], "a", ["a"]),
        ([("first", "a", None), ("challenge", "b", None), ("withdraw", "b", "b")], "a", ["a"]),
        ([("promote", "b", "a")], "b", ["a", "b"]),  # the first champion was set by hand
        ([("first", "a", None)], "c", ["a", "c"]),  # so was the present one
        ([("first", "a", None), ("promote", "b", "a"), ("promote", "a", "b")], "a", ["a", "b", "a"]),
    ],
)
def test_the_line_of_champions_is_what_can_be_rolled_back_through(
    steps: list[tuple[Action, str, str | None]], present: str | None, line: list[str]
) -> None:
    assert line_of_champions(changes(*steps), present) == line


def test_a_user_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "kim")
    assert user() == "kim"

    def nameless() -> str:
        raise OSError

    monkeypatch.setattr("getpass.getuser", nameless)
    assert user() == "unknown"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{}\n", b"not JSON\n"])
def test_a_history_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    store = BundleStore(tmp_path)
    store.folder(STREAM).mkdir()
    (store.folder(STREAM) / HISTORY).write_bytes(content)
    with pytest.raises(TrainingError, match=f"expected the history of stream '{STREAM}' in .*, found none; correct it"):
        history(store, STREAM)


def test_a_change_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"expected to write .*No such file"):
        record(BundleStore(tmp_path), STREAM, "first", "a", None)
