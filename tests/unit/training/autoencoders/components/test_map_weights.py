"""The weights of anomaly maps, learnt from synthetic defects, and how far these agree."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.autoencoders.components.map_weights import LEAST_SHARE, agreement, blended_weights, map_weights

Floats = NDArray[np.float32]

SIDE = 10


def maps(n: int, seed: int, defect: float = 0.0, unit: float = 1.0) -> Floats:
    """[n, SIDE, SIDE], one on average, with a defect in one place, all times a unit."""
    random = np.random.default_rng(seed)
    made = random.gamma(20.0, 1.0 / 20.0, size=(n, SIDE, SIDE))
    made[:, 3, 4] += defect
    return (unit * made).astype(np.float32)


def test_the_same_maps_give_the_same_weights() -> None:
    normal, defective = [maps(30, seed) for seed in (1, 2)], [maps(30, seed, defect=1.0) for seed in (3, 4)]
    assert map_weights(normal, defective) == map_weights(normal, defective)


def test_only_the_map_in_which_synthetic_defects_stand_out_counts() -> None:
    blind, sees = (maps(40, 1), maps(60, 2)), (maps(40, 3), maps(60, 4, defect=9.0))
    found = map_weights([blind[0], sees[0]], [blind[1], sees[1]])
    assert found[0] == 0.0
    assert found[1] == pytest.approx(1.0, rel=0.05)


def test_maps_that_see_the_same_defects_with_chances_of_their_own_share_the_weight() -> None:
    normal, defective = [maps(200, seed) for seed in (1, 2)], [maps(60, seed, defect=3.0) for seed in (3, 4)]
    assert all(0.3 < share < 0.7 for share in map_weights(normal, defective))


def test_a_map_counts_by_what_it_shows_and_not_by_its_unit() -> None:
    normal, defective = [maps(200, seed) for seed in (1, 2)], [maps(60, seed, defect=3.0) for seed in (3, 4)]
    found = map_weights(normal, defective)
    scaled = map_weights([normal[0], 100.0 * normal[1]], [defective[0], 100.0 * defective[1]])
    assert scaled == pytest.approx([found[0], found[1] / 100.0], rel=1e-3)


def test_a_map_that_would_count_for_little_does_not_count() -> None:
    maps_there = 30
    normal = [maps(50, seed) for seed in range(maps_there)]
    defective = [maps(50, 100 + seed, defect=2.0) for seed in range(maps_there)]
    found = map_weights(normal, defective)
    assert 1 <= sum(share > 0.0 for share in found) <= 1.0 / LEAST_SHARE
    assert all(share == 0.0 or share > 0.9 * LEAST_SHARE for share in found)
    assert sum(found) == pytest.approx(1.0, rel=0.02)


def test_normal_images_that_all_score_alike_do_not_decide_alone() -> None:
    still = np.ones((5, SIDE, SIDE), np.float32)
    faint, clear = maps(60, 1, defect=0.001), maps(60, 2, defect=9.0)
    found = map_weights([still, maps(5, 3)], [np.minimum(faint, 1.001), clear])
    assert found[1] > found[0]


def nothing_to_see(seed: int) -> tuple[list[Floats], list[Floats]]:
    """Three maps of normal images and of images whose synthetic defects none of them shows."""
    normal, defective = ([maps(n, 10 * seed + first + k) for k in range(3)] for n, first in ((60, 0), (62, 3)))
    return normal, defective


def test_where_synthetic_defects_cannot_tell_maps_apart_the_weights_are_alike() -> None:
    assert np.median([agreement(*nothing_to_see(seed)) for seed in range(6)]) < 0.1
    for seed in range(2):
        weights = blended_weights(*nothing_to_see(seed), "auto")
        assert max(weights) <= 2.0 * min(weights)


def test_the_same_maps_always_give_the_same_blend() -> None:
    assert blended_weights(*nothing_to_see(0), "auto") == blended_weights(*nothing_to_see(0), "auto")


@pytest.mark.parametrize(("one", "other", "least"), [(9.0, 0.0, 0.999), (4.0, 1.0, 0.9)])
def test_where_they_surely_tell_maps_apart_the_better_one_gets_more(one: float, other: float, least: float) -> None:
    normal, defective = [maps(60, 1), maps(60, 2)], [maps(60, 3, defect=one), maps(60, 4, defect=other)]
    assert agreement(normal, defective) >= least
    found = blended_weights(normal, defective, "auto")
    assert found[0] > 2.0 * found[1]
    assert found[1] >= 0.24, "half is always alike"


def test_a_given_share_is_alike_whatever_agrees() -> None:
    normal, defective = [maps(60, 1), maps(60, 2)], [maps(60, 3, defect=9.0), maps(60, 4)]
    learnt = map_weights(normal, defective)
    assert blended_weights(normal, defective, 0.0) == learnt
    assert blended_weights(normal, defective, 1.0) == [0.5, 0.5]
    assert blended_weights(normal, defective, 0.5) == pytest.approx([0.25 + 0.5 * each for each in learnt])


def test_maps_that_are_the_same_or_alone_or_of_a_single_normal_image_are_no_error() -> None:
    same, defective = maps(20, 1), maps(30, 2, defect=3.0)
    for normal, shown in (([same], [defective]), ([same] * 3, [defective] * 3)):
        assert 0.0 <= agreement(normal, shown) <= 1.0
    assert agreement([same[:1], maps(1, 3)], [defective] * 2) == 0.0
