"""The rates: known answers, coverage by simulation, and how many more audits."""

import numpy as np
import pytest
from scipy.stats import binomtest

from service.quality.intervals import clopper_pearson
from service.quality.rates import MAX_AUDITS, Group, Rates, audits_needed

NONE = Group(parts=0, asked=0)


def rates(passed: Group, anomaly: Group = NONE, review: Group = NONE) -> Rates:
    return Rates(stream="left", bundle="b", passed=passed, review=review, anomaly=anomaly)


def test_the_escape_rate_is_the_share_of_defects_among_answered_audits() -> None:
    found = rates(Group(parts=90_000, asked=500, normal=297, defect=3)).escape
    interval = binomtest(3, 300).proportion_ci(0.95, method="exact")
    assert found is not None
    assert (found.low, found.estimate, found.high) == pytest.approx((interval.low, 0.01, interval.high))
    assert found.pessimistic == found.high


def test_unsure_answers_count_for_neither_and_at_worst_as_defects() -> None:
    sure = rates(Group(parts=9000, asked=300, normal=297, defect=3)).escape
    found = rates(Group(parts=9000, asked=300, normal=297, defect=3, unsure=5)).escape
    assert found is not None
    assert sure is not None
    assert (found.low, found.estimate, found.high) == (sure.low, sure.estimate, sure.high)
    assert found.pessimistic == clopper_pearson(8, 305)[1]


def test_good_parts_among_anomalies_are_those_reviewed_normal() -> None:
    found = rates(NONE, Group(parts=100, asked=100, normal=6, defect=14, unsure=2)).false_discovery
    assert found is not None
    assert found.estimate == 0.3
    assert found.pessimistic == clopper_pearson(8, 22)[1]


def test_without_answers_there_are_no_rates() -> None:
    found = rates(Group(parts=1000, asked=10), Group(parts=9, asked=9, unsure=9))
    assert (found.escape, found.false_discovery, found.false_alarm) == (None, None, None)


def test_the_false_alarm_rate_of_known_parts_is_clopper_and_pearsons() -> None:
    found = rates(
        Group(parts=985, asked=985, normal=980, defect=5),
        Group(parts=30, asked=30, normal=10, defect=20),
        Group(parts=15, asked=15, normal=10, defect=5),
    ).false_alarm
    assert found is not None
    assert (found.low, found.estimate, found.high) == (
        *clopper_pearson(10, 1000)[:1],
        0.01,
        clopper_pearson(10, 1000)[1],
    )


def test_the_false_alarm_rate_takes_answers_of_every_decision_that_there_is() -> None:
    passed, anomaly = Group(parts=980, asked=50, normal=50), Group(parts=20, asked=20, normal=10, defect=10)
    assert rates(passed, anomaly).false_alarm is not None
    assert rates(passed, anomaly, Group(parts=5, asked=5)).false_alarm is None
    assert rates(Group(parts=980, asked=50), anomaly).false_alarm is None
    assert rates(passed, Group(parts=20, asked=20)).false_alarm is None


def test_at_worst_unsure_anomalies_are_good_and_unsure_passes_defects() -> None:
    found = rates(
        Group(parts=980, asked=60, normal=50, unsure=10), Group(parts=20, asked=20, normal=5, defect=10, unsure=5)
    ).false_alarm
    worst = rates(
        Group(parts=980, asked=60, normal=50, defect=10), Group(parts=20, asked=20, normal=10, defect=10)
    ).false_alarm
    assert found is not None
    assert worst is not None
    assert found.pessimistic == worst.high > found.high


@pytest.mark.parametrize("reviewed", [1.0, 0.4], ids=["all anomalies reviewed", "some reviewed"])
def test_the_intervals_hold_the_truth_as_often_as_they_say(reviewed: float) -> None:
    random = np.random.default_rng(7)
    trials, held = 40, {"escape": 0, "false alarm": 0}
    for _ in range(trials):
        good_flagged, good_reviewed, good = random.multinomial(1960, [0.02, 0.04, 0.94])
        bad_flagged, bad_passed = 30, 10
        passes, anomalies = good + bad_passed, good_flagged + bad_flagged
        audits, answers = random.binomial(passes, 0.1), int(reviewed * anomalies)
        escaped = int(random.hypergeometric(bad_passed, good, audits))
        normal = int(random.hypergeometric(good_flagged, bad_flagged, answers))
        found = rates(
            Group(parts=int(passes), asked=audits, normal=audits - escaped, defect=escaped),
            Group(parts=int(anomalies), asked=int(anomalies), normal=normal, defect=answers - normal),
            Group(parts=int(good_reviewed), asked=int(good_reviewed), normal=int(good_reviewed)),
        )
        assert found.escape is not None
        assert found.false_alarm is not None
        held["escape"] += found.escape.low <= bad_passed / passes <= found.escape.high
        held["false alarm"] += found.false_alarm.low <= 0.02 <= found.false_alarm.high
    # With intervals that err at 5 %, less than 33 of 40 come about once in 1000 runs.
    assert min(held.values()) >= 33


def test_this_many_more_audits_are_needed_and_not_one_fewer() -> None:
    needed = audits_needed(0, 100, below=0.01)
    assert needed is not None
    assert clopper_pearson(0, 100 + needed)[1] < 0.01 <= clopper_pearson(0, 100 + needed - 1)[1]


def test_with_defects_their_share_is_taken_to_stay() -> None:
    needed = audits_needed(5, 1000, below=0.01)
    assert needed is not None
    expected_defects = -(-5 * (1000 + needed) // 1000)
    assert clopper_pearson(expected_defects, 1000 + needed)[1] < 0.01
    assert clopper_pearson(expected_defects, 1000 + needed - 1)[1] >= 0.01


def test_no_more_are_needed_where_the_interval_is_below_already() -> None:
    assert audits_needed(3, 10_000, below=0.01) == 0


@pytest.mark.parametrize(
    ("defects", "audits", "below"), [(5, 1000, 0.005), (99, 10_000, 0.01), (0, 0, 1.0 / MAX_AUDITS), (0, 10, 0.0)]
)
def test_what_no_reasonable_number_brings_about_is_none(defects: int, audits: int, below: float) -> None:
    assert audits_needed(defects, audits, below) is None
