"""The threshold at which a champion that flags too much is judged."""

import pytest

from service.quality.rates import Group, Rates
from training.backtest.budget_matching import false_alarms_of, match
from training.backtest.result import Side

PROVEN = (0.3, 0.6)


def threshold(
    *normals: tuple[float, float], budget: float = 0.01, false_alarms: tuple[float, float] | None = PROVEN
) -> float | None:
    found = match(normals, threshold=0.5, budget=budget, false_alarms=false_alarms)
    return None if found is None else found.threshold


def each(*scores: float) -> list[tuple[float, float]]:
    return [(score, 1.0) for score in scores]


def test_of_few_normals_it_is_the_largest_score() -> None:
    assert threshold(*each(0.6, 0.9, 0.7)) == 0.9


def test_of_many_it_flags_as_many_as_the_budget_allows_and_not_one_less() -> None:
    scores = [number / 100.0 for number in range(51, 151)]
    found = threshold(*each(*scores), budget=0.29)
    assert found is not None
    assert sum(score > found for score in scores) == 29


def test_of_equal_scores_none_is_flagged_rather_than_too_many() -> None:
    assert threshold(*each(0.9, 0.9, 0.9, 0.6), budget=0.29) == 0.9


def test_a_budget_that_is_not_proven_to_be_broken_changes_nothing() -> None:
    assert threshold(*each(0.9), false_alarms=(0.01, 0.6)) is None
    assert threshold(*each(0.9), false_alarms=None) is None
    assert threshold() is None


def test_it_is_never_below_the_champions_own() -> None:
    assert threshold(*each(0.2, 0.3)) == 0.5


def test_a_normal_counts_for_as_many_parts_as_it_stands_for() -> None:
    flagged, audited = [(1.0 - number / 100.0, 1.0) for number in range(10)], (0.2, 90.0)
    assert threshold(*flagged, audited, budget=0.05) == pytest.approx(0.95)
    assert threshold(*flagged, (0.2, 1.0), budget=0.05) == 1.0


def test_one_that_a_person_chose_stands_for_none() -> None:
    assert threshold((2.0, 0.0), (0.9, 1.0)) == 0.9
    assert threshold((2.0, 0.0)) is None


def side(interval: tuple[float, float] | None) -> Side:
    return Side(
        bundle="b", autoencoder="conv", false_alarm_rate=0.01, threshold=0.5, is_promise=True, flagged=0,
        false_alarms=0, false_alarm_interval=interval, defects_flagged=0, recall_interval=None, by_kind={},
        ms_per_image=1.0,
    )  # fmt: skip


def test_labelled_images_of_a_folder_tell_the_false_alarms_themselves() -> None:
    assert false_alarms_of(side((0.2, 0.4)), None) == (0.2, 0.4)
    assert false_alarms_of(side(None), None) is None


def test_of_a_line_they_are_estimated_from_all_verdicts_since_people_see_what_was_flagged() -> None:
    healthy = Rates(
        stream="s",
        bundle="b",
        passed=Group(parts=9900, asked=50, normal=50),
        review=Group(parts=0, asked=0),
        anomaly=Group(parts=100, asked=100, normal=90, defect=10),
    )
    reviewed = side((0.5, 0.8))  # 90 of 140 labelled normals are flagged, of a champion that keeps its budget
    found = false_alarms_of(reviewed, [healthy])
    assert found is not None
    assert found[0] < 0.01 < found[1]
    assert false_alarms_of(reviewed, [healthy.model_copy(update={"bundle": "another"})]) is None
