from pathlib import Path

import numpy as np
import pytest

from training.calibrate import calibrate, rank
from training.scored import ScoredFile


def normals(scores: list[float]) -> list[ScoredFile]:
    return [ScoredFile(Path(f"{i}.png"), score, 10.0 * score) for i, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("n", "rate", "expected"), [(99, 0.01, 99), (100, 0.01, 100), (199, 0.01, 198), (19, 0.05, 19), (999, 0.001, 999)]
)
def test_the_rank_is_exact_in_spite_of_floating_point(n: int, rate: float, expected: int) -> None:
    assert rank(n, rate) == expected


def test_too_few_scores_are_a_fault() -> None:
    with pytest.raises(ValueError, match="found 98"):
        rank(98, 0.01)


def test_thresholds_are_the_same_quantile_of_scores_and_of_peaks() -> None:
    found = calibrate(normals([float(i) for i in range(39, 0, -1)]), 0.1)
    assert found.threshold == 36.0
    assert found.pixel_threshold == 360.0
    assert found.scores == tuple(float(i) for i in range(1, 40))
    assert found.n == 39


@pytest.mark.parametrize(("n", "rate"), [(99, 0.01), (40, 0.05), (25, 0.1), (60, 0.2)])
def test_on_average_at_most_the_budget_of_fresh_normals_is_flagged(n: int, rate: float) -> None:
    random = np.random.default_rng(1)
    trials = 4000
    draws = random.lognormal(size=(trials, n + 1))
    flagged = sum(draw[-1] > calibrate(normals(draw[:-1].tolist()), rate).threshold for draw in draws)
    expected = (n + 1 - rank(n, rate)) / (n + 1)
    assert expected <= rate + 1e-12
    noise = 4.0 * np.sqrt(expected * (1 - expected) / trials)
    assert abs(flagged / trials - expected) < noise
