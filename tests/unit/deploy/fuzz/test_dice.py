"""Seeded choices."""

from deploy.fuzz.dice import Dice


def test_the_same_seed_and_number_draw_the_same() -> None:
    one, other, next_one = Dice(1, 5), Dice(1, 5), Dice(1, 6)
    drawn = [one.number(4), one.below(10), one.bytes(8)]
    assert drawn == [other.number(4), other.below(10), other.bytes(8)]
    assert drawn != [next_one.number(4), next_one.below(10), next_one.bytes(8)]


def test_nothing_to_choose_from_is_the_first() -> None:
    assert Dice(1, 1).below(0) == 0
