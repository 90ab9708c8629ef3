"""A schedule is replayed by its seed, and holds every kind that it promises."""

from collections import Counter

from deploy.faults.injections.registry import INJECTIONS
from deploy.faults.schedule import KILLS_AT_FAILPOINTS, LONG_ONE, LONG_THREE, SHORT, draw

FEWEST_KILLS = 100


def test_a_seed_gives_the_same_schedule_again_and_another_another() -> None:
    assert draw(LONG_ONE, 7) == draw(LONG_ONE, 7)
    assert draw(LONG_ONE, 7) != draw(LONG_ONE, 8)


def test_a_schedule_has_each_kind_as_often_as_asked_for() -> None:
    assert Counter(fault.kind for fault in draw(LONG_THREE, 1)) == LONG_THREE


def test_every_kind_of_fault_can_happen_and_is_in_the_long_form() -> None:
    assert set(INJECTIONS) == {*LONG_ONE, *LONG_THREE}
    assert set(SHORT) <= set(INJECTIONS)


def test_the_long_form_kills_often_enough_and_the_short_form_at_every_failpoint() -> None:
    kills = sum(count for plan in (LONG_ONE, LONG_THREE) for kind, count in plan.items() if "kill" in kind)
    assert kills >= FEWEST_KILLS
    assert set(KILLS_AT_FAILPOINTS) <= set(SHORT)
