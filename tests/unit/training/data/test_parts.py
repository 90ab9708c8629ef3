import numpy as np
import pytest

from training.data import parts
from training.data.parts import LOOK, find_parts, look_at


def looks(count: int) -> np.ndarray:
    found = np.zeros(count, LOOK)
    for seed in range(count):
        found[seed] = look_at(np.random.default_rng(seed).integers(0, 255, (40, 40), np.uint8))
    return found


def test_names_join_and_those_that_say_nothing_do_not() -> None:
    found = find_parts(looks(6), np.arange(6), ["a", None, "b", "a", None, "b"])
    assert len(set(found.labels.tolist())) == 4
    assert found.labels[0] == found.labels[3]
    assert found.labels[2] == found.labels[5]


def test_copies_and_names_are_united(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "copies", lambda *_: np.array([[0, 1]]))
    found = find_parts(looks(5), np.arange(5), [None, "a", "a", None, None])
    assert len(set(found.labels[:3].tolist())) == 1
    assert len(set(found.labels.tolist())) == 3
    assert (found.copied, found.photographs) == (2, 1)


def test_a_group_of_most_of_the_set_is_told_and_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "copies", lambda *_: np.array([[place, place + 1] for place in range(14)]))
    found = find_parts(looks(20), np.arange(20))
    assert found.too_many_copies == 15
    assert (found.copied, len(set(found.labels.tolist()))) == (0, 20)
