from pathlib import Path

import pytest
from rich.console import Console

from training.data.normal_set import ImageFile, NormalSet
from training.pipelines.part_report import report_parts
from training.progress import Progress


def normal_set(names: list[str], parts: list[str | None], **fields: int) -> NormalSet:
    images = [
        ImageFile(Path(name), f"digest of {name}", 8, 8, 8, colour=False, duplicate_of=part)
        for name, part in zip(names, parts, strict=True)
    ]
    return NormalSet(tuple(images), (), **fields)


def said(normal: NormalSet, capsys: pytest.CaptureFixture[str], *, by_name: bool = False) -> str:
    report_parts(normal, 2, by_name=by_name, progress=Progress(Console(width=1000)))
    return "".join(capsys.readouterr())


def test_copies_and_parts_are_counted_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(normal_set(["a", "b", "c", "d"], ["a", "a", "a", None], copied=2, photographs=1), capsys)
    assert (
        "near-duplicates and copies kept together: 3 images show 1 parts (2 are mirrored, turned, cropped or relit "
        "copies of 1 photographs); one image of each part calibrates, so 2 go unused" in found
    )


def test_a_set_of_single_images_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(normal_set(["front.png", "back.png"], [None, None]), capsys) == ""


def test_copies_that_are_not_believed_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(normal_set(["a"], [None], too_many_copies=60), capsys)
    assert "copies not kept together: 60 of the images would have been of one photograph" in found
    assert "the false-alarm rate is not guaranteed" in found


def test_names_that_do_not_match_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(normal_set(["a", "b"], [None, None], unnamed=1), capsys, by_name=True)
    assert "1 of 2 names do not match, and each is counted as a part of its own" in found


NAMES = [f"{part}{end}.jpg" for part in range(10, 20) for end in ("", "_0", "_2")]


def test_names_of_several_images_of_a_part_suggest_a_pattern_ready_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    assert r"--part-from-name '^(.*?\d)[_-]\d{1,3}\.'" in said(normal_set(NAMES, [None] * 30), capsys)


def test_nothing_is_suggested_that_pixels_showed_or_names_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    grouped = normal_set(NAMES, [name[:2] for name in NAMES])
    assert "fit again" not in said(grouped, capsys)
    assert "fit again" not in said(normal_set(NAMES, [None] * 30), capsys, by_name=True)
