"""How the time of a soak is divided."""

import pytest

from deploy.soak.phases import Plan


@pytest.mark.parametrize(("minutes", "mixed", "overload"), [(60, 40, 10), (120, 100, 10), (6, 4, 1)])
def test_overload_takes_ten_minutes_at_most_and_the_mixed_stream_what_is_left(
    minutes: float, mixed: float, overload: float
) -> None:
    plan = Plan.of(minutes)
    assert (plan.mixed_seconds, plan.overload_seconds) == (60 * mixed, 60 * overload)
