import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from service.scoring.manifest import Calibration, Evaluation
from training.bundles.listing import Row
from training.cli.tables import show_evaluation, show_rows


def test_nothing_of_a_row_is_cut_however_narrow_the_terminal_is() -> None:
    page = io.StringIO()
    row = Row(
        stream="a-stream-with-a-rather-long-name",
        bundle="0123456789abcdef",
        champion=True,
        challenger=False,
        created_at=datetime(2026, 11, 27, tzinfo=UTC),
        autoencoder="contractive",
        false_alarm_rate=0.0125,
        threshold=3.942,
        n=1234,
        image_auroc=0.912,
    )
    show_rows([row], Console(file=page, width=60))
    line = page.getvalue().splitlines()[-2]
    assert line.split() == [
        row.stream,
        row.bundle,
        "champion",
        "2026-11-27",
        "contractive",
        "0.0125",
        "3.942",
        "1234",
        "0.912",
    ]


@pytest.mark.parametrize(("interval", "said"), [((0.19, 0.81), True), ((0.0, 0.31), False)])
def test_more_false_alarms_than_the_budget_explains_are_said(interval: tuple[float, float], said: bool) -> None:
    page = io.StringIO()
    evaluation = Evaluation(
        normal=10, defects=0, image_auroc=None, false_alarms=5, false_alarm_interval=interval, defects_flagged=0
    )
    calibration = Calibration(false_alarm_rate=0.05, n=1, threshold=1.0, pixel_threshold=1.0, scores=(1.0,))
    show_evaluation(evaluation, calibration, Console(file=page, width=120))
    assert ("more than budget and chance explain" in page.getvalue()) == said
    assert "all defects" not in page.getvalue()  # there are none
