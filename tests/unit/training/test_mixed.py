from pathlib import Path

import pytest

from training.calibration.threshold import calibrate, with_originals
from training.evaluation.scored_images import ScoredFile


def scored(scores: list[float]) -> list[ScoredFile]:
    return [ScoredFile(Path(str(score)), score, score, 0.0) for score in scores]


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


def test_too_few_scores_for_a_promise_stay_an_estimate_above_all_of_them() -> None:
    recent = calibrate(scored([i / 40 for i in range(1, 41)]), 0.001, extrapolate=True)
    mixed = with_originals(recent, [3.0])
    assert not mixed.is_promise
    assert mixed.threshold == pytest.approx(max(recent.threshold, 3.0))
