"""The rates on a terminal."""

from service.quality.rates import Group, Rates
from service.quality.table import table

NONE = Group(parts=0, asked=0)


def rates(passed: Group, anomaly: Group = NONE) -> Rates:
    return Rates(stream="left", bundle="b7", passed=passed, review=NONE, anomaly=anomaly)


def test_counts_rates_and_intervals_are_printed() -> None:
    text = table(
        [rates(Group(parts=9000, asked=300, normal=297, defect=3, unsure=2), Group(parts=4, asked=4, normal=4))], None
    )
    assert "stream left, bundle b7" in text
    assert ["pass", "9000", "300", "297", "3", "2"] in [line.split() for line in text.splitlines()]
    assert "1.000% (95 %: 0.207% to 2.894%; 3.821% at worst, if all unsure ones count)" in text


def test_for_an_unknown_rate_the_missing_answers_are_named() -> None:
    text = table([rates(Group(parts=9, asked=0), Group(parts=1, asked=1))], None)
    assert "unknown: no audit is answered yet" in text
    assert "unknown: no anomaly is reviewed yet" in text


def test_how_many_more_audits_is_answered_also_where_none_would_do() -> None:
    few = rates(Group(parts=9000, asked=100, normal=100))
    many_defects = rates(Group(parts=9000, asked=100, normal=50, defect=50))
    enough = rates(Group(parts=9000, asked=1000, normal=1000))
    assert "268 more audits bring the escape rate's interval below 1.000%" in table([few], 0.01)
    assert "no number of audits" in table([many_defects], 0.01)
    assert "the escape rate's interval lies below 1.000%" in table([enough], 0.01)
