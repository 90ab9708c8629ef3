import io
from pathlib import Path

from rich.console import Console

from service.scoring.image_folder import PassedOver, find_image_files
from training.data.exclusions import ExclusionReason, LeftOut, counts, passed_over, report_left_out, total
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


def test_a_folder_counts_as_its_files() -> None:
    folder = LeftOut(Path(".Trash-1000"), ExclusionReason.HIDDEN, "a folder", files=20)
    assert counts([*FILES, folder]) == {"duplicate": 2, "unreadable": 1, "hidden": 20}
    assert total([*FILES, folder]) == 23


def test_whatever_a_walk_passes_over_is_left_out_for_the_same_reason(tmp_path: Path) -> None:
    for name in (".a/b.png", "@eaDir/c.png", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_image_files(tmp_path)
    assert counts(passed_over(found)) == {"hidden": 1, "system file": 1, "not an image": 1}
    assert {str(why) for why in PassedOver} <= {str(why) for why in ExclusionReason}
