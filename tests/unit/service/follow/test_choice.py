"""Which verdicts are wanted."""

from service.follow.choice import Choice
from tests.support.reviewing import verdict


def test_nothing_named_is_all() -> None:
    assert Choice().has(verdict(1, "pass"))


def test_both_must_fit() -> None:
    choice = Choice(frozenset({"left", "right"}), frozenset({"anomaly"}))
    assert choice.has(verdict(1, "anomaly", stream="left"))
    assert not choice.has(verdict(1, "pass", stream="left"))
    assert not choice.has(verdict(1, "anomaly", stream="other"))


def test_the_same_choice_has_the_same_words() -> None:
    assert str(Choice(frozenset({"b", "a"}))) == str(Choice(frozenset({"a", "b"}))) == "streams a, b; decisions all"
