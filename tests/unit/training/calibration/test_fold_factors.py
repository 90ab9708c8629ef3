import numpy as np
import pytest

from training.calibration.fold_factors import Compared, Pair, fold_factors

SCORES = np.linspace(1.0, 3.0, 20)
SAME = Pair(SCORES, SCORES)
UNCHANGED = [Compared(unseen=SAME, learnt=SAME)] * 2


def test_graphs_that_agree_leave_scores_as_they_are() -> None:
    assert fold_factors([SAME] * 5, UNCHANGED) == pytest.approx([1.0] * 5)


def test_the_scale_of_a_folds_graph_is_taken_out() -> None:
    halved = Pair(fewer=SCORES / 2.0, more=SCORES)
    assert fold_factors([SAME, halved, SAME, SAME, SAME], UNCHANGED) == pytest.approx([1, 2, 1, 1, 1])


def test_three_fifths_of_what_the_step_before_lowered_new_scores_are_expected_of_the_next() -> None:
    lower = Compared(unseen=Pair(SCORES, SCORES * np.exp(-0.1)), learnt=SAME)
    assert fold_factors([SAME] * 5, [lower] * 2) == pytest.approx([np.exp(-0.06)] * 5)


def test_only_what_is_unseen_counts_for_the_step_not_the_scale() -> None:
    other_scale = Compared(unseen=Pair(SCORES, 3.0 * SCORES), learnt=Pair(SCORES, 3.0 * SCORES))
    assert fold_factors([SAME] * 5, [other_scale] * 2) == pytest.approx([1.0] * 5)


def test_a_step_that_is_uncertain_lowers_less() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.2, 20)
    noisy = Compared(unseen=Pair(SCORES, SCORES * np.exp(noise - noise.mean() - 0.1)), learnt=SAME)
    (factor, *_) = fold_factors([SAME] * 5, [noisy] * 2)
    assert np.exp(-0.06) < factor < 1.0


def test_a_score_of_nothing_is_no_infinite_factor() -> None:
    nothing = Pair(np.zeros(3), np.zeros(3))
    assert np.isfinite(fold_factors([nothing] * 5, UNCHANGED)).all()
