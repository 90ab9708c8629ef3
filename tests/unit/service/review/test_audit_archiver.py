"""Archiving the images of audits."""

import hashlib
from pathlib import Path

import pytest

from service.record.errors import StreamError
from service.record.image_archive import Archive
from service.review.audit_archiver import AuditArchiver
from service.review.image_source import ImageSource
from service.review.part_index import PartIndex
from tests.support.reviewing import FakeTopic, audit, image, on_topic, verdict


class Archiving:
    """An archiver over two audits and an anomaly."""

    def __init__(self, folder: Path) -> None:
        self.archive, self.topic, self.index = Archive(str(folder)), FakeTopic(), PartIndex()
        for each in (audit(1, digest=digest(1)), audit(2), verdict(3, digest=digest(3))):
            self.index.read_verdict(on_topic(each))
        self.archiver = AuditArchiver(
            self.index, ImageSource(self.archive, lambda: self.topic, away_seconds=0.0), days=30
        )

    def archived(self) -> list[int]:
        return [number for number in (1, 2, 3) if self.archive.holds(digest(number))]


def digest(number: int) -> str:
    return hashlib.sha256(image(number)).hexdigest()


@pytest.fixture
def line(tmp_path: Path) -> Archiving:
    return Archiving(tmp_path)


def test_audits_are_archived_before_anybody_answers(line: Archiving) -> None:
    line.archiver.archive_new()
    assert line.archived() == [1, 2]


def test_an_archived_image_is_not_fetched_again(line: Archiving) -> None:
    line.archiver.archive_new()
    line.topic.fault = StreamError("must not be asked")
    line.archiver.archive_new()
    line.index.read_verdict(on_topic(audit(4)))
    line.archiver.archive_new()
    assert line.archived() == [1, 2]


def test_what_failed_is_tried_again(line: Archiving) -> None:
    line.topic.fault = StreamError("away")
    line.archiver.archive_new()
    assert line.archived() == []
    line.topic.fault = None
    line.archiver.archive_new()
    assert line.archived() == [1, 2]


def test_one_image_that_is_gone_does_not_hold_back_the_others(line: Archiving) -> None:
    line.topic.gone.add(1)
    line.archiver.archive_new()
    assert line.archived() == [2]
