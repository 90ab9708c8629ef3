"""The journal of what was sent."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from service.send.files import State
from service.send.journal import REMEMBERED_SECONDS, Begun, Journal, JournalError, Progress
from tests.support.found_files import imagined

A, B = imagined("a.png"), imagined("b.png")


def opened(path: Path, topic: str = "images", stream: str = "left") -> Journal:
    return Journal(path, topic, stream)


def test_what_was_begun_is_in_doubt_until_it_is_settled_and_numbers_are_never_used_again(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "j")) as journal:
        assert journal.begin([Begun(A, b"1"), Begun(B, b"2")]) == 0
        own_id = journal.id
    with closing(opened(tmp_path / "j")) as journal:  # as after a kill
        assert journal.id == own_id
        assert set(journal.begun()) == {0, 1}
        journal.settle({0})
        entry = journal.entry(A)
        assert entry is not None
        assert (entry.progress, entry.number, entry.digest, entry.state) == (Progress.SENT, 0, b"1", A.state)
        assert journal.entry(B) is None
        assert journal.begin([Begun(B, b"2")]) == journal.next_number - 1 == 2


def test_a_new_picture_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "j")) as journal:
        journal.begin([Begun(A, b"1")])
        journal.settle([0])
        new = imagined("a.png", modified_ns=9)
        journal.begin([Begun(new, b"2")])
        journal.settle([1])
        entry = journal.entry(A)
        assert entry is not None
        assert (entry.number, entry.state) == (1, new.state)


def test_numbers_that_no_database_has_room_for_are_kept(tmp_path: Path) -> None:
    file = replace(A, state=State(1, 2**70, -(2**70), 2**64))
    with closing(opened(tmp_path / "j")) as journal:
        journal.reject(Begun(file, b""))
        entry = journal.entry(file)
        assert entry is not None
        assert (entry.state, entry.progress) == (file.state, Progress.REJECTED)
        journal.refresh(A)
        refreshed = journal.entry(A)
        assert refreshed is not None
        assert refreshed.state == A.state
        journal.forget(A)
        assert journal.entry(A) is None


def test_files_that_are_gone_are_forgotten_after_a_week_but_for_those_elsewhere(tmp_path: Path) -> None:
    elsewhere = replace(A, identity=b"/other/c.png")
    with closing(opened(tmp_path / "j")) as journal:
        journal.begin([Begun(A, b"1"), Begun(B, b"2"), Begun(elsewhere, b"3")])
        journal.settle(range(3))
        journal.forget_others(b"/camera/", [])
        assert journal.entry(A) is not None
        journal.forget_others(b"/camera/", [A.identity], now=3e9 + REMEMBERED_SECONDS)
        assert journal.entry(B) is None
        assert journal.entry(A) is not None
        assert journal.entry(elsewhere) is not None


def test_a_journal_of_another_stream_topic_or_cluster_is_refused(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "j")) as journal:
        journal.bind("one")
        journal.bind("one")
        with pytest.raises(JournalError, match="sent to another Kafka cluster; give another --journal"):
            journal.bind("two")
    for topic, stream in (("others", "left"), ("images", "right")):
        with pytest.raises(JournalError, match="it is of another"):
            opened(tmp_path / "j", topic, stream)


def test_a_journal_has_one_user(tmp_path: Path) -> None:
    with (
        closing(opened(tmp_path / "j")),
        pytest.raises(JournalError, match="found another linewatch send that uses it"),
    ):
        opened(tmp_path / "j")


def test_what_is_no_journal_or_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, but long enough to be taken for one" * 50)
    with pytest.raises(JournalError, match="found: file is not a database"):
        opened(tmp_path / "text")
    with pytest.raises(JournalError, match="expected to write the journal"):
        opened(tmp_path / "no folder" / "j")
