"""Past parts that look alike."""

import numpy as np
import pytest

from service.review.similar import Codes, nearest
from tests.support.reviewing import source
from tests.unit.service.review.test_part_index import said


def test_the_nearest_come_first_and_length_does_not_matter() -> None:
    codes = Codes()
    for offset, numbers in enumerate(([1, 0], [0, 5], [30, 30], [-1, 0])):
        codes.put("b", source(offset), np.array([numbers], np.float32))
    mine = codes.get("b", source(0))
    assert mine is not None
    others = [(said(offset), code) for offset in (1, 2, 3) if (code := codes.get("b", source(offset))) is not None]
    found = nearest(mine, others, most=2)
    assert [alike.review.source.offset for alike in found] == [2, 1]
    assert [alike.distance for alike in found] == pytest.approx([1 - 0.5**0.5, 1.0])


def test_that_there_is_no_code_is_remembered() -> None:
    codes = Codes()
    assert not codes.looked_for("b", source(1))
    codes.put("b", source(1), None)
    assert (codes.looked_for("b", source(1)), codes.get("b", source(1))) == (True, None)


def test_codes_of_different_bundles_are_never_compared() -> None:
    codes = Codes()
    codes.put("one", source(1), np.ones(3, np.float32))
    assert codes.get("other", source(1)) is None


def test_a_code_of_nothing_is_no_division_by_zero() -> None:
    codes = Codes()
    codes.put("b", source(1), np.zeros(3, np.float32))
    code = codes.get("b", source(1))
    assert code is not None
    assert code.tolist() == [0.0, 0.0, 0.0]
