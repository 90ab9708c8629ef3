import io
from pathlib import Path

from rich.console import Console

from training.data.exclusions import ExclusionReason, LeftOut, counts, report_left_out
from training.progress import Progress

FILES = [
    LeftOut(Path("a.png"), ExclusionReason.DUPLICATE, "same content as b.png"),
    LeftOut(Path("c.png"), ExclusionReason.UNREADABLE, "cut off"),
    LeftOut(Path("d.png"), ExclusionReason.DUPLICATE, "same content as b.png"),
]


def test_files_are_counted_by_reason_in_the_order_in_which_they_come() -> None:
    assert list(counts(FILES).items()) == [("duplicate", 2), ("unreadable", 1)]
    assert counts([]) == {}


def test_each_file_is_reported_in_a_line_with_its_reason() -> None:
    shown = io.StringIO()
    report_left_out(FILES, Progress(Console(file=shown)))
    assert shown.getvalue().splitlines() == [
        "left out, duplicate: a.png (same content as b.png)",
        "left out, unreadable: c.png (cut off)",
        "left out, duplicate: d.png (same content as b.png)",
    ]
