import io
from datetime import UTC, datetime

from rich.console import Console

from training.listing import Row
from training.tables import show_rows


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
