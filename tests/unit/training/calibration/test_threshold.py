import numpy as np
import pytest

from service.scoring.manifest import Calibration
from service.scoring.verdict import p_value
from training.calibration.threshold import at_budget, calibrate, calibrate_by_origin, guarantee, with_originals
from training.errors import TrainingError
from training.evaluation.scored_images import ScoredImage
from training.statistics.conformal import rank


def normals(scores: list[float]) -> list[ScoredImage]:
    return [ScoredImage(f"{i}.png", score, 10.0 * score, 0.0) for i, score in enumerate(scores)]


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


@pytest.mark.parametrize(("n", "rate"), [(120, 0.05), (400, 0.01)])
def test_over_many_splits_of_one_set_fresh_normals_keep_the_budget(n: int, rate: float) -> None:
    """As in practice: one pool of parts, whose scores are skewed and tied, split at random again and again."""
    random = np.random.default_rng(5)
    pool = random.gamma(2.0, size=2 * n).round(1)
    shares = []
    for _ in range(400):
        shuffled = random.permutation(pool)
        shares.append((shuffled[n:] > calibrate(normals(shuffled[:n].tolist()), rate).threshold).mean())
    assert np.mean(shares) <= rate + 3.0 * np.std(shares) / np.sqrt(len(shares))


def test_enough_scores_are_never_extrapolated() -> None:
    scores = [float(i) for i in range(1, 100)]
    assert calibrate(normals(scores), 0.01, extrapolate=True) == calibrate(normals(scores), 0.01)


def test_too_few_scores_are_extrapolated_only_on_request_and_say_so() -> None:
    scores = np.random.default_rng(0).exponential(size=60).tolist()
    with pytest.raises(ValueError, match="found 60"):
        calibrate(normals(scores), 0.001)
    found = calibrate(normals(scores), 0.001, extrapolate=True)
    assert found.method == "generalised_pareto"
    assert found.threshold > max(scores)
    assert found.pixel_threshold == pytest.approx(10.0 * found.threshold)
    assert "no guarantee" in guarantee(found)
    assert "at most" not in guarantee(found)
    assert p_value(found.threshold, found.scores) == 1 / 61, "the p-value stays the conformal one"


def test_a_guarantee_names_the_rate_and_the_number_of_images() -> None:
    assert guarantee(calibrate(normals([1.0] * 99), 0.01)) == (
        "at most 1 % of good parts score above it (99 calibration images)"
    )


def test_a_review_budget_is_a_second_quantile_of_the_same_scores() -> None:
    found = calibrate(normals([float(i) for i in range(1, 100)]), 0.01, review_rate=0.05)
    assert (found.threshold, found.review_threshold) == (99.0, 95.0)
    assert "what scores above 95 is to be reviewed or flagged, at most 5 % of good parts" in guarantee(found)


def test_with_an_extrapolated_threshold_the_review_one_is_guaranteed_where_n_suffices() -> None:
    scores = np.random.default_rng(0).exponential(size=60).tolist()
    found = calibrate(normals(scores), 0.001, review_rate=0.05, extrapolate=True)
    assert found.review_threshold == sorted(scores)[rank(60, 0.05) - 1]
    assert "at most 5 %" in guarantee(found)
    both = calibrate(normals(scores), 0.001, review_rate=0.01, extrapolate=True)
    assert both.review_threshold is not None
    assert max(scores) <= both.review_threshold < both.threshold
    assert "at most" not in guarantee(both)


def scored(scores: list[float]) -> list[ScoredImage]:
    return [ScoredImage(str(score), score, score, 0.0) for score in scores]


def test_both_looks_keep_their_budget() -> None:
    originals = [i / 100 for i in range(1, 101)]
    recent = calibrate(scored([1.0 + i / 300 for i in range(1, 301)]), 0.02, review_rate=0.1)
    mixed = with_originals(recent, originals)
    assert mixed.n == 400
    assert mixed.scores == tuple(sorted([*recent.scores, *originals]))
    assert mixed.threshold == recent.threshold
    assert mixed.review_threshold == recent.review_threshold
    assert not [score for score in originals if score > mixed.threshold]


def test_original_looks_hold_a_threshold_up_that_recent_parts_alone_would_lower() -> None:
    recent = calibrate(scored([i / 300 for i in range(1, 301)]), 0.02)
    mixed = with_originals(recent, [1.0 + i / 100 for i in range(1, 101)])
    assert mixed.threshold > 1.0 > recent.threshold
    assert sum(score > mixed.threshold for score in mixed.scores) <= 0.02 * 400


def test_the_map_is_judged_by_recent_parts_alone() -> None:
    recent = calibrate(scored([i / 300 for i in range(1, 301)]), 0.02)
    assert with_originals(recent, [5.0] * 100).pixel_threshold == recent.pixel_threshold


def test_too_few_scores_for_a_guarantee_stay_an_estimate_above_all_of_them() -> None:
    recent = calibrate(scored([i / 40 for i in range(1, 41)]), 0.001, extrapolate=True)
    mixed = with_originals(recent, [3.0])
    assert not mixed.is_guaranteed
    assert mixed.threshold == pytest.approx(max(recent.threshold, 3.0))


def calibration(n: int, rate: float = 0.05, **more: float) -> Calibration:
    """Scores 1 to n; the threshold is the largest, so that one that was not derived again would show."""
    scores = tuple(float(score) for score in range(1, n + 1))
    return Calibration(false_alarm_rate=rate, n=n, threshold=float(n), pixel_threshold=1.0, scores=scores, **more)


def test_the_same_budget_leaves_a_calibration_as_it_is() -> None:
    own = calibration(99)
    assert at_budget(own, 0.05) is own


def test_another_budget_gives_the_conformal_threshold_of_the_same_scores() -> None:
    found = at_budget(calibration(99), 0.1)
    assert (found.threshold, found.false_alarm_rate, found.is_guaranteed) == (90.0, 0.1, True)


def test_a_budget_that_the_scores_do_not_support_gives_an_estimate_beyond_them() -> None:
    found = at_budget(calibration(99), 0.001)
    assert not found.is_guaranteed
    assert found.threshold >= 99.0


def test_too_few_scores_even_for_an_estimate_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"--false-alarm-rate 0\.001"):
        at_budget(calibration(10, 0.1), 0.001)


def test_review_goes_on_only_below_the_new_threshold() -> None:
    own = calibration(99, review_rate=0.2, review_threshold=80.0)
    assert at_budget(own, 0.1).review_threshold == 80.0
    assert at_budget(own, 0.3).review_threshold is None


def test_the_thresholds_keep_the_budget_for_recent_images_by_themselves() -> None:
    originals, recent = scored([0.2] * 60), scored([1.0 + n for n in range(60)])
    mixed = calibrate_by_origin(recent, originals, 0.02)
    assert mixed.n == 120
    assert mixed.threshold == calibrate(recent, 0.02).threshold > calibrate([*originals, *recent], 0.02).threshold


def test_too_few_recent_images_calibrate_only_together_with_the_original_ones() -> None:
    originals, recent = scored([0.2] * 60), scored([1.0 + n for n in range(10)])
    assert calibrate_by_origin(recent, originals, 0.02) == calibrate([*originals, *recent], 0.02)


def test_without_original_images_the_recent_ones_are_all_there_is() -> None:
    recent = scored([1.0 + n for n in range(60)])
    assert calibrate_by_origin(recent, [], 0.02) == calibrate(recent, 0.02)
