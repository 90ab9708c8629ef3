import numpy as np
import pytest

from training.calibration.fold_factors import Compared, FoldFactors, Pair, fold_factors

SCORES = np.linspace(1.0, 3.0, 20)
SAME = Pair(SCORES, SCORES)
UNCHANGED = [Compared(unseen=SAME, learnt=SAME)] * 2


def test_graphs_that_agree_leave_scores_as_they_are() -> None:
    found = fold_factors([SAME] * 5, UNCHANGED)
    assert found.scales == pytest.approx([1.0] * 5)
    assert found.step == pytest.approx(0.0)
    np.testing.assert_allclose(found.of([SCORES] * 5), 1.0)


def test_the_scale_of_a_folds_graph_is_taken_out_of_all_its_scores() -> None:
    halved = Pair(fewer=SCORES / 2.0, more=SCORES)
    found = fold_factors([SAME, halved, SAME, SAME, SAME], UNCHANGED)
    assert found.at_the_median() == pytest.approx([1, 2, 1, 1, 1])
    np.testing.assert_allclose(found.of([SCORES, SCORES / 2.0, SCORES, SCORES, SCORES])[1], 2.0)


def test_three_fifths_of_what_the_step_before_lowered_new_scores_are_expected_of_the_next() -> None:
    lower = Compared(unseen=Pair(SCORES, SCORES * np.exp(-0.1)), learnt=SAME)
    assert fold_factors([SAME] * 5, [lower] * 2).step == pytest.approx(-0.06)


def test_only_what_is_unseen_counts_for_the_step_not_the_scale() -> None:
    other_scale = Compared(unseen=Pair(SCORES, 3.0 * SCORES), learnt=Pair(SCORES, 3.0 * SCORES))
    assert fold_factors([SAME] * 5, [other_scale] * 2).step == pytest.approx(0.0)


def test_a_step_that_is_uncertain_lowers_less() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.2, 20)
    noisy = Compared(unseen=Pair(SCORES, SCORES * np.exp(noise - noise.mean() - 0.1)), learnt=SAME)
    assert -0.06 < fold_factors([SAME] * 5, [noisy] * 2).step < 0.0


def test_the_step_fades_with_rank_and_leaves_the_highest_score_and_the_order() -> None:
    scores = [np.array([3.0, 1.0]), np.array([2.0, 4.0])]
    factors = FoldFactors((1.0, 1.0), -0.4).of(scores)
    found = np.concatenate([factor * each for factor, each in zip(factors, scores, strict=True)])
    np.testing.assert_allclose(found, [3.0 * np.exp(-0.1), np.exp(-0.3), 2.0 * np.exp(-0.2), 4.0])
    assert np.argsort(found).tolist() == [1, 2, 0, 3]


def test_a_step_that_raises_scores_raises_all_of_them() -> None:
    (factors,) = FoldFactors((1.0,), 0.1).of([SCORES])
    np.testing.assert_allclose(factors, np.exp(0.1))


def test_a_score_of_nothing_is_no_infinite_factor() -> None:
    nothing = Pair(np.zeros(3), np.zeros(3))
    assert np.isfinite(fold_factors([nothing] * 5, UNCHANGED).of([np.zeros(3)] * 5)).all()
