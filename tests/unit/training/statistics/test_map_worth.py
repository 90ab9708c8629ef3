"""What maps add to each other."""

import numpy as np
import pytest

from training.statistics.detection_metrics import Scores
from training.statistics.map_worth import Floats, TriedMap, map_worths


def tried(name: str, multiply_adds: int, normal: list[float], defective: list[float], weight: float = 1.0) -> TriedMap:
    """A map of one position."""
    shown = (np.array(values, np.float32).reshape(-1, 1, 1) for values in (normal, defective))
    return TriedMap(name, weight, multiply_adds, *shown)


def score(maps: Floats) -> Scores:
    return np.asarray(maps.max(axis=(1, 2)), np.float64)


def test_the_cheapest_map_comes_first_and_each_next_is_added_to_it() -> None:
    dear = tried("dear", 20, [0, 1, 0, 1], [0, 3, 0, 3])
    cheap = tried("cheap", 10, [0, 0, 1, 1], [3, 0, 3, 0])
    first, second = map_worths([dear, cheap], score)
    assert [first.name, second.name] == ["cheap", "dear"]
    assert (first.multiply_adds, second.multiply_adds) == (10, 20)
    assert first.together == first.alone == second.alone == 0.625
    assert second.together == 1.0


def test_two_maps_that_see_the_same_are_alike_and_add_nothing() -> None:
    one = tried("one", 1, [0, 1, 2], [1, 2, 3])
    others = [tried("again", 2, [0, 2, 4], [2, 4, 6]), tried("flat", 3, [1] * 3, [1] * 3)]
    first, again, flat = map_worths([one, *others], score)
    assert first.likeness is None
    assert again.likeness == pytest.approx(1.0)
    assert again.together == first.together
    assert flat.likeness == 0.0


def test_weights_are_shares_and_count_in_the_sum() -> None:
    right = tried("right", 1, [0, 1], [2, 3], weight=0.1)
    wrong = tried("wrong", 2, [2, 3], [0, 1], weight=0.3)
    first, second = map_worths([right, wrong], score)
    assert [first.weight, second.weight] == pytest.approx([0.25, 0.75])
    assert (first.together, second.together) == (1.0, 0.125)
