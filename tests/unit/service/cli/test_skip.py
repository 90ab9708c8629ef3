"""`linewatch skip` does what it is told exactly, or nothing."""

import pytest

from service.cli.main import main
from service.record.messages import Source
from service.settings.run import RunSettings
from tests.support.linewatch_command import failure


def test_it_skips_the_record_that_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    skipped: list[tuple[str, Source, str]] = []

    def skip(settings: RunSettings, source: Source, why: str) -> None:
        skipped.append((settings.group, source, why))

    monkeypatch.setattr("service.cli.skip.skip", skip)
    monkeypatch.setenv("LINEWATCH_GROUP", "line-7")
    main(["skip", "inspection.images/3/41", "--why", "disk 2 is gone"])
    assert skipped == [("line-7", Source(topic="inspection.images", partition=3, offset=41), "disk 2 is gone")]
    assert "skipped inspection.images/3/41" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["images/3", "--why", "x"], "expected topic/partition/offset, found 'images/3'"),
        (["images/3/41"], "why: Field required"),
        (["images/3/41", "--why", "  "], "why: String should have at least 1 character"),
    ],
)
def test_without_coordinates_or_a_reason_nothing_is_skipped(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(["skip", *arguments], capsys)
    assert (status, expected in printed) == (2, True)
