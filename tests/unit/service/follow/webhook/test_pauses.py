"""Pauses between tries."""

from service.follow.webhook.pauses import LONGEST_SECONDS, pause_seconds


def longest(_: float, most: float) -> float:
    return most


def test_they_double_up_to_a_minute() -> None:
    assert [pause_seconds(number, within=longest) for number in (1, 2, 3, 9, 10, 5000)] == [0.25, 0.5, 1, 60, 60, 60]


def test_they_are_anything_from_a_half_to_all_of_it() -> None:
    drawn = {pause_seconds(100) for _ in range(50)}
    assert len(drawn) > 1
    assert all(LONGEST_SECONDS / 2 <= each <= LONGEST_SECONDS for each in drawn)


def test_a_wish_is_respected() -> None:
    assert pause_seconds(1, wish=7.0) == 7.0
    assert pause_seconds(20, wish=7.0, within=longest) == 60.0
