"""The parts of one partition: what closes them, and that a new one with a commit's standing goes on as the old one."""

from datetime import timedelta
from random import Random

import pytest

from service.parts.partition import PartitionParts, PassedOver
from service.parts.standing import WINDOW, Standing, decode
from service.record.messages import VerdictMessage
from service.record.part_verdicts import Closing
from tests.support.clock import Clock
from tests.support.inspection_log import NOON
from tests.support.records import FakeRecord
from tests.support.views import RULES, VIEWS, closed, read_all, view_record


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(clock: Clock) -> PartitionParts:
    return PartitionParts(RULES, Standing(), clock)


def time_out(parts: PartitionParts, clock: Clock, end: int) -> None:
    clock.now += RULES.timeout
    assert parts.due()
    parts.mark_end(end)
    parts.time_out(end)


def test_a_part_is_closed_by_its_last_view_and_has_them_in_the_order_asked_for(parts: PartitionParts) -> None:
    read_all(parts, [view_record(5, "p", "right", error_ratio=0.7), view_record(6, "p", "top", seconds=-1.0)])
    assert (closed(parts), len(parts)) == ([], 1)
    parts.read(view_record(9, "p", "left", seconds=0.5))
    (found,) = closed(parts)
    assert (found.part_id, found.decision, found.closing, found.missing) == ("p", "pass", Closing.COMPLETE, ())
    assert [view.stream for view in found.views] == list(VIEWS)
    assert (found.worst_error_ratio, str(found.source)) == (0.7, "inspection.verdicts/3/5")
    assert found.last_captured_at - found.first_captured_at == timedelta(seconds=1.5)
    assert (len(parts), parts.position) == (0, 10)
    assert parts.pending.closed[0][0] == b"p"


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        (("pass", "pass", "pass"), "pass"),
        (("pass", "review", "pass"), "review"),
        (("review", "anomaly", "pass"), "anomaly"),
        (("pass", "pass"), "incomplete"),
        (("review", "pass"), "incomplete"),
        (("pass", "anomaly"), "anomaly"),
    ],
)
def test_an_anomaly_decides_then_what_is_missing_then_a_review(
    parts: PartitionParts, clock: Clock, decisions: tuple[str, ...], expected: str
) -> None:
    views = zip(VIEWS, decisions, strict=False)
    read_all(parts, [view_record(i, "p", view, decision=decision) for i, (view, decision) in enumerate(views)])
    if len(decisions) < len(VIEWS):
        time_out(parts, clock, 2)
    (found,) = closed(parts)
    assert (found.decision, found.missing) == (expected, VIEWS[len(decisions) :])


def test_nothing_times_out_before_its_time_or_before_all_is_read_that_was_there_by_then(
    parts: PartitionParts, clock: Clock
) -> None:
    read_all(parts, [view_record(0, "late", "top"), view_record(1, "whole", "top")])
    clock.now += RULES.timeout - 0.001
    assert not parts.due()
    clock.now += 0.001
    assert parts.due()
    parts.mark_end(4)
    assert not parts.due(), "asked once"
    parts.time_out(3)
    assert closed(parts) == []
    read_all(parts, [view_record(2, "whole", "left"), view_record(3, "whole", "right")])
    parts.time_out(4)
    assert [(each.part_id, each.closing) for each in closed(parts)] == [("whole", "complete"), ("late", "timeout")]
    assert parts.has_changed


def test_a_view_of_a_closed_part_is_late_and_no_part(parts: PartitionParts, clock: Clock) -> None:
    parts.read(view_record(0, "p", "top"))
    time_out(parts, clock, 1)
    read_all(parts, [view_record(1, "p", "left", decision="anomaly", seconds=59.0)])
    read_all(parts, [view_record(2, "p", "right", seconds=118.0)])
    assert [(view.stream, view.decision) for view in parts.pending.late] == [("left", "anomaly"), ("right", "pass")]
    assert len(closed(parts)) == 1
    assert len(parts) == 0


def test_an_id_that_is_captured_anew_is_the_next_part(parts: PartitionParts) -> None:
    read_all(parts, [view_record(i, "p", view) for i, view in enumerate(VIEWS)])
    parts.read(view_record(3, "p", "top", seconds=61.0))
    assert (len(parts), len(closed(parts))) == (1, 1)
    parts.read(view_record(4, "p", "left", seconds=122.0))
    assert [(each.closing, each.decision) for each in closed(parts)[1:]] == [("again", "incomplete")]
    assert decode(parts.metadata()) == {4}


def test_a_view_of_the_inspection_before_is_late_and_never_joins_the_next_one(parts: PartitionParts) -> None:
    read_all(
        parts, [view_record(0, "p", "top"), view_record(1, "p", "left"), view_record(2, "p", "top", seconds=100.0)]
    )
    read_all(parts, [view_record(3, "p", "right", seconds=0.5), view_record(4, "p", "left", seconds=100.5)])
    assert [(each.closing, each.missing) for each in closed(parts)] == [("again", ("right",))]
    assert [view.stream for view in parts.pending.late] == ["right"]
    parts.read(view_record(5, "p", "right", decision="anomaly", seconds=101.0))
    assert [(each.decision, each.missing) for each in closed(parts)[1:]] == [("anomaly", ())]


def test_a_part_whose_timeout_passes_while_the_brokers_answer_is_asked_about_anew(
    parts: PartitionParts, clock: Clock
) -> None:
    parts.read(view_record(0, "first", "top"))
    clock.now += 1.0
    parts.read(view_record(1, "second", "top"))
    clock.now += 1.0
    assert parts.due()
    clock.now += 1.0
    parts.mark_end(2)
    parts.time_out(2)
    assert [each.part_id for each in closed(parts)] == ["first"]
    assert parts.due()


def test_a_view_that_comes_twice_counts_with_the_worse_of_the_two(parts: PartitionParts) -> None:
    read_all(parts, [view_record(0, "p", "top", decision="anomaly"), view_record(1, "p", "top", error_ratio=0.9)])
    read_all(parts, [view_record(2, "p", "left"), view_record(3, "p", "left", error_ratio=0.6)])
    assert decode(parts.metadata()) == {0, 1, 2, 3}
    parts.read(view_record(4, "p", "right"))
    (found,) = closed(parts)
    assert [(view.decision, view.error_ratio) for view in found.views] == [
        ("anomaly", 0.5),
        ("pass", 0.6),
        ("pass", 0.5),
    ]
    assert len(parts.pending.repeated) == 2


def test_what_is_no_view_of_a_part_is_passed_over(parts: PartitionParts) -> None:
    good = view_record(0, "p", "top")
    read_all(parts, [FakeRecord(offset=0, key=None, value=good.value), FakeRecord(offset=1, key=b"", value=good.value)])
    read_all(parts, [FakeRecord(offset=2, value=b"{}"), FakeRecord(offset=3, key=bytes(5000), value=good.value)])
    parts.read(view_record(4, "p", "another-stream"))
    assert parts.pending.passed_over == [PassedOver.NO_PART_ID] * 2 + [PassedOver.NO_VERDICT] * 2
    assert (len(parts), parts.position, parts.metadata()) == (0, 5, "")


def test_what_leaves_the_window_is_closed_or_forgotten(parts: PartitionParts) -> None:
    read_all(parts, [view_record(i, "whole", view) for i, view in enumerate(VIEWS)])
    parts.read(view_record(3, "open", "top"))
    parts.read(view_record(WINDOW + 2, "other", "top"))
    assert len(parts) == 2
    parts.read(view_record(WINDOW + 3, "other", "left"))
    assert [(each.part_id, each.closing) for each in closed(parts)[1:]] == [("open", "window")]
    parts.read(view_record(WINDOW + 4, "whole", "top"))
    assert [view.stream for view in parts.pending.late] == []
    assert {b"whole", b"other"} == set(parts._open)
    assert len(parts._recent) == 2


def test_long_ids_are_told_apart(parts: PartitionParts) -> None:
    read_all(parts, [view_record(i, "p" * 900 + str(i), "top") for i in range(2)])
    assert len(parts) == 2
    assert all(len(key) <= 64 for key in parts._open)


def test_reading_what_was_committed_publishes_and_counts_nothing(parts: PartitionParts) -> None:
    records = [view_record(0, "p", "top"), view_record(1, "p", "top"), FakeRecord(offset=2, value=b"")]
    read_all(parts, records)
    again = PartitionParts(RULES, Standing(parts.position, decode(parts.metadata())))
    read_all(again, records)
    assert (again.has_changed, again.pending.passed_over, again.pending.repeated) == (False, [], [])
    assert (again.position, again.metadata()) == (parts.position, parts.metadata())


@pytest.mark.parametrize("seed", range(20))
def test_however_often_it_is_killed_each_part_has_one_verdict_and_each_view_one_fate(seed: int) -> None:
    """A line of parts, some without a view, with views twice, ids again; commits and kills anywhere."""
    dice, clock = Random(seed), Clock()
    log = _line(dice)
    published: list[tuple[str, int]] = []
    late = joined = 0
    standing = Standing()
    while standing.offset < len(log):
        parts = PartitionParts(RULES, standing, clock)
        lives_until = dice.randint(standing.offset, len(log) + 20)
        for record in log[standing.window_start :]:
            if record.offset >= lives_until:
                break
            parts.read(record)
            clock.now += dice.choice([0.0, 0.1, 0.7])
            if dice.random() < 0.3 and record.offset >= standing.offset:
                if parts.due():
                    parts.mark_end(record.offset + 1)
                parts.time_out(record.offset + 1)
            if dice.random() < 0.2 and parts.has_changed:
                standing = Standing(parts.position, decode(parts.metadata()))
                published += [(each.part_id, each.source.offset) for each in closed(parts)]
                joined += sum(len(each.views) for each in closed(parts)) + len(parts.pending.repeated)
                late += len(parts.pending.late)
                parts.committed()
    while len(parts) or parts.has_changed:
        clock.now += RULES.timeout
        parts.due()
        parts.mark_end(len(log))
        parts.time_out(len(log))
        published += [(each.part_id, each.source.offset) for each in closed(parts)]
        joined += sum(len(each.views) for each in closed(parts)) + len(parts.pending.repeated)
        late += len(parts.pending.late)
        parts.committed()
    assert len(set(published)) == len(published)
    inspections = {(record.key, _inspection(record)) for record in log}
    assert len(published) == len(inspections), "one verdict for each inspection of each id"
    assert joined + late == len(log)


def _line(dice: Random) -> list[FakeRecord]:
    sent: list[tuple[float, str, str, float]] = []
    for number in range(30):
        at = 100.0 * (number // 10) + number
        part_id = f"p{number % 10}"
        for view in VIEWS:
            times = dice.choice([0, 1, 1, 1, 1, 2]) if view != "top" else 1
            sent += [(number + dice.random() * 6, part_id, view, at + dice.random()) for _ in range(times)]
    sent.sort()
    return [view_record(offset, part_id, view, seconds=at) for offset, (_, part_id, view, at) in enumerate(sent)]


def _inspection(record: FakeRecord) -> int:
    assert record.value is not None
    captured_at = VerdictMessage.model_validate_json(record.value).captured_at
    return int((captured_at - NOON).total_seconds() // 100)
