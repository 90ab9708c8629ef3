"""The index of parts and reviews."""

from datetime import timedelta

from service.record.messages import ReviewReason, Source
from service.record.reviews import Label
from service.review.part_index import PartIndex
from tests.support.records import FakeRecord
from tests.support.reviewing import NOON, audit, on_topic, review, source, verdict


def index_of(*verdicts: object) -> PartIndex:
    index = PartIndex()
    for each in verdicts:
        index.read_verdict(on_topic(each))  # type: ignore[arg-type] # verdicts
    return index


def labels(index: PartIndex, offset: int) -> list[str]:
    part = index.part(source(offset))
    return [] if part is None else [str(review.label) for review in part.history]


def test_only_parts_that_a_person_is_asked_about_are_in_it() -> None:
    index = index_of(verdict(1), verdict(2, "review"), verdict(3, "pass"), audit(4))
    assert [(part.source.offset, part.asked) for part in index.parts()] == [
        (1, ReviewReason.ANOMALY),
        (2, ReviewReason.REVIEW),
        (4, ReviewReason.AUDIT),
    ]


def test_the_latest_verdict_of_an_image_counts() -> None:
    index = index_of(verdict(1), verdict(2), verdict(1, "pass"), verdict(2, "review"))
    assert [(part.source.offset, part.verdict.decision) for part in index.parts()] == [(2, "review")]


def test_what_is_no_verdict_or_review_is_skipped() -> None:
    index = PartIndex()
    index.read_verdict(FakeRecord(value=b"{}"))
    index.read_review(FakeRecord(value=None))
    assert (index.parts(), index.reviews(), index.version) == ([], [], 0)


def test_the_oldest_parts_make_room_and_are_counted() -> None:
    index = PartIndex(max_parts=2)
    for offset in range(5):
        index.read_verdict(on_topic(verdict(offset)))
    assert ([part.source.offset for part in index.parts()], index.left_out) == ([3, 4], 3)


def test_the_oldest_reviews_make_room() -> None:
    index = PartIndex(max_reviews=2)
    for offset in range(4):
        index.read_review(on_topic(review(offset), offset))
    assert [review.source.offset for review in index.reviews()] == [2, 3]


def test_what_is_older_than_the_days_of_the_index_leaves() -> None:
    index = index_of(verdict(1), verdict(20))
    index.read_review(on_topic(review(1, minute=2), 1))
    index.read_review(on_topic(review(20, minute=21), 2))
    index.forget(NOON + timedelta(minutes=10))
    assert [part.source.offset for part in index.parts()] == [20]
    assert [review.source.offset for review in index.reviews()] == [20]


def test_a_part_has_its_reviews_whichever_came_first() -> None:
    index = PartIndex()
    index.read_review(on_topic(review(1, Label.DEFECT), 1))
    index.read_verdict(on_topic(verdict(1)))
    index.read_review(on_topic(review(1, Label.UNSURE, minute=1), 2))
    assert labels(index, 1) == ["defect", "unsure"]


def test_a_review_known_before_the_topic_brings_it_counts_once() -> None:
    index = index_of(verdict(1))
    first, second = review(1), review(1, Label.DEFECT, minute=1)
    index.add_review(first, partition=0, offset=7)
    index.add_review(second, partition=0, offset=8)
    version = index.version
    index.read_review(on_topic(first, 7))
    index.read_review(on_topic(second, 8))
    assert (labels(index, 1), index.version) == (["normal", "defect"], version)


def test_an_undone_review_is_gone_even_if_it_is_read_again() -> None:
    index = index_of(verdict(1))
    index.read_review(on_topic(review(1), 1))
    index.read_review(on_topic(review(1, Label.UNDONE, minute=1), 2))
    index.read_review(on_topic(review(1), 1))
    assert (labels(index, 1), index.reviews(), index.review(source(1))) == ([], [], None)


def test_an_earlier_review_written_again_holds_again() -> None:
    index = index_of(verdict(1))
    for offset, label in enumerate((Label.NORMAL, Label.DEFECT, Label.UNSURE)):
        index.read_review(on_topic(review(1, label, minute=offset), offset))
    index.read_review(on_topic(review(1, Label.DEFECT, minute=1), 3))
    assert labels(index, 1) == ["normal", "defect"]


def test_rates_are_known_from_all_verdicts_and_the_reviews_in_force() -> None:
    index = index_of(*(verdict(offset, "pass") for offset in range(10, 50)), audit(1), audit(2), verdict(3))
    index.read_review(on_topic(review(1, Label.DEFECT, asked=ReviewReason.AUDIT), 1))
    index.read_review(on_topic(review(2, Label.NORMAL, asked=ReviewReason.AUDIT), 2))
    index.read_review(on_topic(review(3, Label.NORMAL), 3))
    (rates,) = index.rates()
    assert (rates.passed.parts, rates.passed.asked, rates.passed.defect, rates.anomaly.normal) == (42, 2, 1, 1)


def test_a_part_nobody_is_asked_about_is_none() -> None:
    assert index_of(verdict(3, "pass")).part(Source(topic="images", partition=0, offset=3)) is None


def test_a_chosen_part_is_known_but_nobody_is_asked_about_it() -> None:
    index = index_of(verdict(1))
    assert index.choose(verdict(2, "pass")).asked is ReviewReason.CHOSEN
    assert index.part(source(2)) is not None
    assert [part.source.offset for part in index.parts()] == [1]


def test_a_chosen_part_that_is_flagged_later_is_one_that_people_are_asked_about() -> None:
    index = PartIndex()
    index.choose(verdict(1, "pass"))
    index.read_verdict(on_topic(verdict(1)))
    assert [part.asked for part in index.parts()] == [ReviewReason.ANOMALY]
    index.read_verdict(on_topic(verdict(1, "pass", bundle="next")))
    part = index.part(source(1))
    assert part is not None
    assert (part.asked, part.verdict.bundle) == (ReviewReason.CHOSEN, "next")


def test_an_audit_that_had_to_leave_is_still_blind_when_it_is_looked_up() -> None:
    index = PartIndex(max_parts=1)
    for each in (audit(1), verdict(2)):
        index.read_verdict(on_topic(each))
    assert index.part(source(1)) is None
    assert index.choose(audit(1)).is_blind


def test_a_chosen_review_is_no_audit_whatever_it_says() -> None:
    index = index_of(audit(1), *(verdict(offset, "pass") for offset in range(10, 20)))
    index.read_review(on_topic(review(1, asked=ReviewReason.AUDIT), 1))
    (before,) = index.rates()
    index.choose(verdict(10, "pass"))
    index.read_review(on_topic(review(10, Label.DEFECT, asked=ReviewReason.CHOSEN), 2))
    (after,) = index.rates()
    assert (after.passed, after.escape) == (before.passed, before.escape)
    assert (after.passed.answered, after.passed.defect) == (1, 0)


def test_answers_given_again_and_again_count_in_the_bound_of_reviews() -> None:
    index = PartIndex(max_reviews=5)
    for minute in range(4):
        index.add_review(review(1, minute=minute), 0, minute)
    for offset in range(2, 5):
        index.add_review(review(offset), 0, 10 + offset)
    assert [each.source.offset for each in index.reviews()] == [2, 3, 4]
