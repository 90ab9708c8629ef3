"""The example of a reject gate lets a part pass only by a good verdict that is there in time."""

import pytest

from docs.examples.reject_gate import Decider, LinesSensor, Outcome, Part, unix_time

CAPTURED = unix_time("2026-01-31T12:00:00Z")


class Clock:
    """Wall and monotonic clock in one, which the wall clock may leave."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.set_by = 0.0

    def monotonic(self) -> float:
        return 1000.0 + self.seconds

    def wall(self) -> float:
        return CAPTURED + self.seconds + self.set_by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def decider(clock: Clock) -> Decider:
    """Three seconds from capture to gate."""
    return Decider(3.0, monotonic=clock.monotonic, wall=clock.wall)


PART = Part("part-1", CAPTURED)


def said(decision: str, captured_at: float | None = CAPTURED, stream: str = "default") -> Outcome:
    return Outcome("part-1", stream, captured_at, decision)


@pytest.mark.parametrize(
    ("decisions", "why"),
    [
        (["pass"], ""),
        (["pass", "pass"], ""),
        (["anomaly"], "anomaly (default)"),
        (["review"], "review (default)"),
        (["dead letter"], "dead letter (default)"),
        (["anomaly", "pass"], "anomaly (default)"),
        (["pass", "anomaly"], "anomaly (default)"),
        ([], "no verdict in time (default)"),
    ],
)
@pytest.mark.parametrize("sensor_first", [True, False])
def test_only_passes_in_time_let_a_part_pass(
    decider: Decider, clock: Clock, decisions: list[str], why: str, sensor_first: bool
) -> None:
    if sensor_first:
        decider.part_seen(PART)
    for decision in decisions:
        decider.verdict_came(said(decision))
    if not sensor_first:
        decider.part_seen(PART)
    clock.seconds = 2.9
    assert decider.due() == []
    clock.seconds = 3.0
    assert decider.due() == [(PART, why)]
    assert decider.due() == []


def test_a_late_verdict_is_counted_and_changes_nothing(decider: Decider, clock: Clock) -> None:
    decider.part_seen(PART)
    clock.seconds = 3.1
    assert decider.due() == [(PART, "no verdict in time (default)")]
    decider.verdict_came(said("pass"))
    assert decider.counts["late"] == 1
    assert decider.due() == []


def test_the_verdict_of_an_earlier_round_is_not_this_ones(decider: Decider, clock: Clock) -> None:
    decider.part_seen(PART)
    decider.verdict_came(said("pass", CAPTURED - 600.0))
    clock.seconds = 3.0
    assert [why for _, why in decider.due()] == ["no verdict in time (default)"]


def test_all_streams_must_pass_it(clock: Clock) -> None:
    for streams, why in ((("left",), ""), (("left", "right"), "no verdict in time (right)")):
        clock.seconds = 0.0
        decider = Decider(3.0, streams, monotonic=clock.monotonic, wall=clock.wall)
        decider.part_seen(PART)
        decider.verdict_came(said("pass", stream="left"))
        decider.verdict_came(said("pass", stream="other"))
        clock.seconds = 3.0
        assert [each for _, each in decider.due()] == [why]


@pytest.mark.parametrize("off", [-3.1, 0.6, 3600.0])
def test_a_part_whose_time_cannot_be_right_is_rejected_at_once(decider: Decider, off: float) -> None:
    part = Part("part-1", CAPTURED + off)
    decider.part_seen(part)
    assert decider.due() == [(part, "its time cannot be right")]
    assert decider.counts["unusable_time"] == 1


def test_a_clock_that_is_set_moves_no_deadline(decider: Decider, clock: Clock) -> None:
    decider.part_seen(PART)
    decider.verdict_came(said("pass"))
    clock.set_by = 3600.0
    clock.seconds = 2.9
    assert decider.due() == []
    clock.seconds = 3.0
    assert decider.due() == [(PART, "")]


def test_a_part_that_is_told_twice_is_decided_once(decider: Decider, clock: Clock) -> None:
    decider.part_seen(PART)
    decider.verdict_came(said("anomaly"))
    decider.part_seen(PART)
    decider.verdict_came(said("pass"))
    clock.seconds = 3.0
    assert decider.due() == [(PART, "anomaly (default)")]


def test_early_verdicts_are_forgotten_in_time(decider: Decider, clock: Clock) -> None:
    decider.verdict_came(said("pass"))
    assert len(decider._early) == 1
    clock.seconds = 3.0
    decider.due()
    assert decider._early == []


def test_it_sleeps_until_the_next_part(decider: Decider, clock: Clock) -> None:
    assert decider.seconds_left(10.0) == 10.0
    decider.part_seen(PART)
    assert decider.seconds_left(10.0) == pytest.approx(3.0)
    clock.seconds = 4.0
    assert decider.seconds_left(10.0) == 0.0


def test_a_sensor_line_that_cannot_be_read_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Part] = []
    LinesSensor(["a b 2026-01-31T12:00:00Z\n", "nonsense\n", "c 2026-01-31T12:00:00\n"]).watch(seen.append)
    assert seen == [Part("a b", CAPTURED)]
    assert len(caplog.records) == 2
