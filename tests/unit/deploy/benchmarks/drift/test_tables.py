"""The tables of the drift benchmark."""

from deploy.benchmarks.drift.measure import Month, Row
from deploy.benchmarks.drift.tables import months_table, table

LAMP = Row(
    set="bolts",
    change="lamp",
    images=100,
    visible={"score": 0.5, "brightness": 1.0},
    flagged=0.01,
    lines=2,
    drift_alarms=1,
    drift_parts=7,
    drift_signs={"brightness": 1},
    burst_alarms=0,
    burst_parts=None,
    goal_met=False,
)


def test_a_change_is_a_row() -> None:
    assert table([LAMP]).splitlines()[2:] == [
        "| bolts (100) | lamp | 0.50 | 1.00 | 1.0% | 7 parts (1 of 2 lines) | brightness | none | missed |"
    ]


def test_every_row_has_every_column() -> None:
    assert [line.count("|") for line in table([LAMP, LAMP]).splitlines()] == [10] * 4


def test_a_month_is_a_row() -> None:
    assert months_table([Month("set", 2_629_800, 0, 1)]).splitlines()[-1] == "| set | 2,629,800 | 0 | 1 |"
