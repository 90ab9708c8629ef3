"""When the first alarm of drift is seen."""

from deploy.demo.retraining.running_line import CHECK_EVERY, FirstDrift


def test_the_first_alarm_is_seen_to_within_a_few_answers_and_not_searched_for_after() -> None:
    counted = iter([1, 1, 2])
    first_drift = FirstDrift(lambda: next(counted), alarms_before=1)
    for answers in range(10 * CHECK_EVERY):
        first_drift.check(answers)
    assert first_drift.after_parts == 3 * CHECK_EVERY


def test_without_an_alarm_there_is_no_number() -> None:
    first_drift = FirstDrift(lambda: 1, alarms_before=1)
    first_drift.check(100)
    assert first_drift.after_parts is None
