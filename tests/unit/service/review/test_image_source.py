"""Reading images from Kafka and the archive."""

import hashlib
import os
from pathlib import Path

import pytest

from service.record.errors import StreamError
from service.record.image_archive import Archive, ArchiveError
from service.review.image_source import ImageGone, ImageSource
from tests.support.reviewing import FakeTopic, image, source


@pytest.fixture
def topic() -> FakeTopic:
    return FakeTopic()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path))


@pytest.fixture
def images(archive: Archive, topic: FakeTopic) -> ImageSource:
    return ImageSource(archive, lambda: topic)


def test_an_image_comes_from_kafka_while_it_is_there(images: ImageSource) -> None:
    assert images.get(source(1), None) == image(1)


def test_an_image_comes_from_the_archive_when_kafka_has_it_no_more(images: ImageSource, topic: FakeTopic) -> None:
    digest = images.put(image(1))
    topic.gone.add(1)
    assert images.get(source(1), digest) == image(1)


def test_an_image_in_the_archive_is_found_while_the_brokers_are_away(images: ImageSource, topic: FakeTopic) -> None:
    digest = images.put(image(1))
    topic.fault = StreamError("away")
    assert images.get(source(1), digest) == image(1)
    with pytest.raises(StreamError, match="away"):
        images.get(source(2), None)


def test_another_image_at_the_same_coordinates_is_not_taken_for_it(images: ImageSource) -> None:
    with pytest.raises(ImageGone, match="the topic's retention has passed"):
        images.get(source(1), hashlib.sha256(image(2)).hexdigest())


def test_after_a_fault_a_new_reader_is_opened(archive: Archive) -> None:
    opened = [FakeTopic(fault=StreamError("away")), FakeTopic()]
    images = ImageSource(archive, lambda: opened.pop(0), away_seconds=0.0)
    with pytest.raises(StreamError, match="away"):
        images.get(source(1), None)
    assert images.get(source(1), None) == image(1)


def test_what_was_found_is_not_fetched_again(images: ImageSource, topic: FakeTopic) -> None:
    images.get(source(1), None)
    topic.fault = StreamError("away")
    assert images.get(source(1), None) == image(1)


def test_brokers_that_are_away_are_not_asked_by_everybody_who_waits(images: ImageSource, topic: FakeTopic) -> None:
    topic.fault = StreamError("away")
    with pytest.raises(StreamError, match="away"):
        images.get(source(1), None)
    topic.fault = StreamError("asked again")
    with pytest.raises(StreamError, match="away"):
        images.get(source(2), None)


def test_an_archive_that_is_away_hides_nothing_that_kafka_has(topic: FakeTopic) -> None:
    images = ImageSource(Archive("nosuch://bucket"), lambda: topic)
    digest = hashlib.sha256(image(1)).hexdigest()
    assert images.get(source(1), digest) == image(1)
    topic.gone.add(2)
    with pytest.raises(ArchiveError, match="expected an archive at nosuch://bucket"):
        images.get(source(2), hashlib.sha256(image(2)).hexdigest())


def test_an_archive_that_hangs_is_given_up(topic: FakeTopic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.review.image_source.ARCHIVE_SECONDS", 0.1)
    images = ImageSource(Archive(str(tmp_path)), lambda: topic)
    digest = hashlib.sha256(image(1)).hexdigest()
    (tmp_path / digest[:2]).mkdir()
    os.mkfifo(tmp_path / digest[:2] / digest)  # nobody writes: opening it never returns
    assert images.get(source(1), digest) == image(1)
    topic.gone.add(1)
    images = ImageSource(Archive(str(tmp_path)), lambda: topic)
    with pytest.raises(ArchiveError, match=r"to answer within 0.1 seconds, found that it does not"):
        images.get(source(1), digest)
