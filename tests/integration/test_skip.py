"""`linewatch skip` with a real broker: a record is given up only where the group stands, and while nobody works."""

from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from service.record.clients import make_producer, make_reader
from service.record.errors import StreamError
from service.record.messages import Source
from service.record.skipping import skip
from service.settings.run import RunSettings
from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.raw_batches import packed, produce
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

IMAGE = png(part(60))


def at(line: Line, offset: int, partition: int = 1) -> Source:
    return Source(topic=line.topics.images, partition=partition, offset=offset)


@pytest.fixture
def settings(line: Line) -> RunSettings:
    """The group of `Service`; three images on partition 1."""
    assert produce(line.kafka, line.topics.images, 1, packed([IMAGE] * 3)) == 0
    return RunSettings(
        bootstrap_servers=line.kafka,
        group=f"group-{line.topics.images}",
        images_topic=line.topics.images,
        verdicts_topic=line.topics.verdicts,
        dead_letter_topic=line.topics.dead_letter,
        reviews_topic=line.topics.reviews,
    )


def test_a_skipped_record_has_a_dead_letter_and_those_behind_it_their_verdicts(
    line: Line, settings: RunSettings, tmp_path: Path
) -> None:
    skip(settings, at(line, 0), "the disk is gone")
    skip(settings, at(line, 1), "this one too")
    write_bundle(tmp_path / "store")
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log") as service:
        outcomes = line.outcomes(3)
        assert service.until_ready().stop() == 0
    assert [verdict.source for verdict in outcomes.verdicts] == [at(line, 2)]
    assert outcomes.sources() == {str(at(line, offset)): 1 for offset in range(3)}
    messages = [headers["message"].decode() for headers, _ in outcomes.dead_letters]
    assert "expected a record that can be read, skipped by hand: the disk is gone" in messages
    assert {headers["reason"] for headers, _ in outcomes.dead_letters} == {b"unreadable_record"}


def test_nothing_but_the_next_record_is_skipped(line: Line, settings: RunSettings) -> None:
    for source in (at(line, 1), at(line, 0, partition=0)):
        with pytest.raises(StreamError, match="only the next record can be skipped"):
            skip(settings, source, "why not")
    with pytest.raises(StreamError, match="expected a record of images_topic"):
        skip(settings, Source(topic="others", partition=0, offset=0), "why not")
    assert len(line.outcomes(0)) == 0


def test_a_record_behind_the_end_of_a_transaction_is_the_next_one(line: Line, settings: RunSettings) -> None:
    with closing(make_producer(settings, "a-sender")) as sender:  # as `linewatch send` does
        sender.init_transactions()
        sender.begin_transaction()
        sender.send(line.topics.images, IMAGE, partition=0)
        sender.commit_transaction()
    partition = TopicPartition(line.topics.images, 0)
    with closing(make_reader(settings)) as reader:
        wait_until(lambda: reader.end_offsets([partition])[partition] == 2, "the end of the transaction")
    produce(line.kafka, line.topics.images, 0, packed([IMAGE]))
    skip(settings, at(line, 0, partition=0), "the first")
    skip(settings, at(line, 2, partition=0), "offset 1 is the end of the transaction")
    assert line.outcomes(2).sources() == {str(at(line, offset, partition=0)): 1 for offset in (0, 2)}


def test_nothing_is_skipped_while_a_replica_runs(line: Line, settings: RunSettings) -> None:
    consumer = KafkaConsumer(line.topics.images, bootstrap_servers=line.kafka, group_id=settings.group)
    with closing(consumer):
        while not consumer.assignment():
            consumer.poll(timeout_ms=100)
        with pytest.raises(StreamError, match="expected no running replicas of group"):
            skip(settings, at(line, 0), "why not")
        assert consumer.committed(TopicPartition(line.topics.images, 1), timeout_ms=60_000) is None
