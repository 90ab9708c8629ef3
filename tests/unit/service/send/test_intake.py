"""Which files are sent, which wait, and which are put aside."""

import io
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.scoring.image import ImageLimits
from service.send.capture_times import capture_time_rule
from service.send.disposal import Disposal
from service.send.intake import Intake, Ready, Rules
from service.send.journal import Journal
from service.send.looking import Looker
from service.send.metrics import SendMetrics
from service.send.part_ids import part_id_rule
from service.send.progress_line import ProgressLine
from service.send.telemetry import Telemetry
from tests.support.sending import image

LIMITS = ImageLimits(max_bytes=100_000)


class Folder:
    """A folder, and what takes its files in."""

    def __init__(self, path: Path, journal: Journal, patience: float = 0.0) -> None:
        self.path = path
        self.journal = journal
        self.telemetry = Telemetry(SendMetrics("left"), ProgressLine(io.StringIO()))
        rules = Rules("left", part_id_rule("stem"), capture_time_rule("now", None), LIMITS, 0.0, patience)
        self.intake = Intake(rules, journal, Disposal("keep", None, None), self.telemetry)

    def ready(self) -> dict[str, Ready]:
        """What one look finds to be sent."""
        found = self.intake.sort(Looker([self.path], []).look().files)
        read = {file.below.name: self.intake.read(file) for file in found.pending}
        return {name: ready for name, ready in read.items() if ready is not None}

    def send(self) -> list[str]:
        """Enter all that is ready as sent."""
        ready = self.ready()
        first = self.journal.begin([each.begun for each in ready.values()])
        self.journal.settle(range(first, first + len(ready)))
        return list(ready)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal", "images", "left")) as journal:
        yield journal


@pytest.fixture
def folder(tmp_path: Path, journal: Journal) -> Folder:
    path = tmp_path / "camera"
    path.mkdir()
    return Folder(path, journal)


def test_a_file_is_sent_once_and_again_only_with_other_bytes(folder: Folder) -> None:
    path = folder.path / "a.png"
    path.write_bytes(image(1))
    assert folder.send() == ["a.png"]
    os.utime(path, ns=(1, 1))
    assert folder.send() == []
    path.write_bytes(image(1))
    assert folder.send() == []
    path.write_bytes(image(2))
    assert folder.send() == ["a.png"]


def test_what_is_not_complete_waits_for_its_end_and_is_put_aside_after_patience(
    folder: Folder, journal: Journal
) -> None:
    patient = Folder(folder.path, journal, patience=3600.0)
    path = folder.path / "a.png"
    for data in (b"", bytes(1000), image(1)[:-1]):
        path.write_bytes(data)
        assert patient.ready() == {}
        assert path.exists()
    path.write_bytes(image(1))
    assert list(patient.ready()) == ["a.png"]
    path.write_bytes(image(1)[:-1])
    assert folder.ready() == {}
    assert folder.telemetry.rejected == {"undecodable": 1}
    assert (folder.path / ".rejected" / "a.png").read_bytes() == image(1)[:-1]


def test_what_cannot_be_moved_aside_is_reported_once_until_it_changes(folder: Folder) -> None:
    (folder.path / ".rejected").write_text("no folder")
    path = folder.path / "a.png"
    path.write_bytes(b"GIF89a")
    for _ in range(3):
        assert folder.ready() == {}
    assert folder.telemetry.rejected == {"unsupported_format": 1}
    later = Folder(folder.path, folder.journal)
    assert later.ready() == {}
    assert later.telemetry.rejected == {}
    assert len(Folder(folder.path, folder.journal).intake.sort(Looker([folder.path], []).look().files).rejected) == 1
    path.write_bytes(image(1))
    assert list(folder.ready()) == ["a.png"]


def test_a_link_to_a_device_is_put_aside_as_a_link(folder: Folder) -> None:
    (folder.path / "a.png").symlink_to("/dev/zero")
    assert folder.ready() == {}
    assert (folder.path / ".rejected" / "a.png").readlink() == Path("/dev/zero")


def test_a_long_path_is_cut_in_its_header_alone(folder: Folder) -> None:
    deep = folder.path.joinpath(*["d" * 200] * 6)
    deep.mkdir(parents=True)
    (deep / os.fsdecode(b"pr\xe4fling.png")).write_bytes(image(1))
    (ready,) = folder.ready().values()
    headers = dict(ready.record.headers)
    assert headers["file"].endswith(b"d/pr\\xe4fling.png")
    assert len(headers["file"]) == 1024
    assert headers["stream"] == b"left"
    assert ready.record.key == b"pr\xe4fling"
