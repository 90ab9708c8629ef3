"""Searching the verdicts topic for parts."""

from datetime import UTC, datetime, timedelta

import pytest

from service.record.messages import VerdictMessage
from service.review.part_search import MAX_FOUND, MAX_KEPT, NoSuchPart, PartSearch
from tests.support.reviewing import FakeVerdicts, verdict


def found(*written: VerdictMessage, text: str = "part-1") -> list[str]:
    """The coordinates of what is found, and by which bundle."""
    parts = PartSearch(lambda: FakeVerdicts(list(written)), days=14).find(text)
    return [f"{part.source} {part.bundle}" for part in parts]


def test_each_image_of_a_part_is_found_once_by_its_latest_verdict_the_newest_first() -> None:
    first, second = verdict(1, "pass", bundle="old"), verdict(5, part_id="part-1", bundle="old")
    again = verdict(1, "pass", bundle="new")
    assert found(first, verdict(2), second, again) == ["images/0/5 old", "images/0/1 new"]


def test_coordinates_find_one_image_alone() -> None:
    both = verdict(1), verdict(5, part_id="part-1")
    assert found(*both, text="images/0/5") == ["images/0/5 0123456789abcdef"]


def test_an_id_is_no_beginning_of_another() -> None:
    assert found(verdict(1), verdict(11)) == ["images/0/1 0123456789abcdef"]


def test_the_latest_are_searched_first_and_further_back_only_if_need_be() -> None:
    topic = FakeVerdicts([verdict(1)])
    search = PartSearch(lambda: topic, days=14)
    search.find("part-1")
    assert len(topic.sought) == 1
    with pytest.raises(NoSuchPart):
        search.find("part-2")
    ago = [datetime.now(UTC) - each for each in topic.sought[1:] if each]
    expected = [timedelta(hours=1), timedelta(days=1), timedelta(days=14)]
    assert [round(each / timedelta(minutes=10)) for each in ago] == [each / timedelta(minutes=10) for each in expected]


def test_no_further_back_than_the_days() -> None:
    topic = FakeVerdicts([])
    with pytest.raises(NoSuchPart, match=r"with a verdict since .* UTC, found none"):
        PartSearch(lambda: topic, days=1).find("part-2")
    assert len(topic.sought) == 2


def test_a_search_that_takes_too_long_ends_with_a_sentence() -> None:
    search = PartSearch(lambda: FakeVerdicts([verdict(2), verdict(1)]), days=14, search_seconds=0.0)
    with pytest.raises(NoSuchPart, match="more verdicts than can be read in time"):
        search.find("part-1")


def test_an_id_of_very_many_images_takes_bounded_memory_and_finds_the_latest() -> None:
    topic = FakeVerdicts([verdict(offset, part_id="same") for offset in range(MAX_KEPT + 50)])
    found = PartSearch(lambda: topic, days=14).find("same")
    assert [each.source.offset for each in found] == list(range(MAX_KEPT + 49, MAX_KEPT + 49 - MAX_FOUND, -1))
