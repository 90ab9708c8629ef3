"""Similar past parts."""

import numpy as np
import pytest

from service.review.similar import LatentCache, nearest
from tests.support.reviewing import source
from tests.unit.service.review.test_part_index import said


def test_the_nearest_come_first_and_length_does_not_matter() -> None:
    latents = LatentCache()
    for offset, numbers in enumerate(([1, 0], [0, 5], [30, 30], [-1, 0])):
        latents.put("b", source(offset), np.array([numbers], np.float32))
    mine = latents.get("b", source(0))
    assert mine is not None
    others = [(said(offset), found) for offset in (1, 2, 3) if (found := latents.get("b", source(offset))) is not None]
    neighbours = nearest(mine, others, most=2)
    assert [each.review.source.offset for each in neighbours] == [2, 1]
    assert [each.distance for each in neighbours] == pytest.approx([1 - 0.5**0.5, 1.0])


def test_that_there_is_no_latent_is_remembered() -> None:
    latents = LatentCache()
    assert not latents.is_known("b", source(1))
    latents.put("b", source(1), None)
    assert (latents.is_known("b", source(1)), latents.get("b", source(1))) == (True, None)


def test_latents_of_different_bundles_are_never_compared() -> None:
    latents = LatentCache()
    latents.put("one", source(1), np.ones(3, np.float32))
    assert latents.get("other", source(1)) is None


def test_a_latent_of_nothing_is_no_division_by_zero() -> None:
    latents = LatentCache()
    latents.put("b", source(1), np.zeros(3, np.float32))
    latent = latents.get("b", source(1))
    assert latent is not None
    assert latent.tolist() == [0.0, 0.0, 0.0]
