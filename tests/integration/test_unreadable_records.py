"""Records that cannot be unpacked, or are too large to be, sent to a real broker: none stops anything."""

from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from service.record.topic_reader import TopicReader
from service.settings.every import Settings
from tests.support.broker import Topics
from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.raw_batches import CODECS, COMPRESS, batch, packed, produce, record
from tests.support.service import Service

pytestmark = pytest.mark.integration

IMAGE = png(part(60))
TOOK_IT = 0


@pytest.fixture
def service(line: Line, tmp_path: Path) -> Service:
    write_bundle(tmp_path / "store")
    return Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "service.log")


def test_images_in_every_codec_of_kafka_get_their_verdicts(line: Line, service: Service) -> None:
    for partition, codec in enumerate(CODECS):
        assert produce(line.kafka, line.topics.images, partition % 4, packed([IMAGE] * 3, codec)) == TOOK_IT
    with service:
        outcomes = line.outcomes(15)
        assert service.until_ready().stop() == 0
    assert len(outcomes.verdicts) == 15
    assert set(outcomes.sources().values()) == {1}


def test_what_a_broker_takes_and_no_client_reads_is_a_dead_letter_by_its_coordinates(
    line: Line, service: Service
) -> None:
    """Kafka 4.3 checks most of a batch when it is sent; offsets out of order it lets through."""
    topic = line.topics.images
    assert produce(line.kafka, topic, 0, batch(record(9, IMAGE, b"a") + record(3, IMAGE, b"b"), 2)) == TOOK_IT
    assert produce(line.kafka, topic, 0, batch(record(0, IMAGE, b"good", [(b"\xff", b"name that is no text")]), 1)) == 0
    with service:
        outcomes = line.outcomes(3)
        service.until_ready()
        assert service.sample("linewatch_dead_letters_total", reason="unreadable_record") == 2
        assert service.stop() == 0
    assert [verdict.part_id for verdict in outcomes.verdicts] == ["good"]
    assert {headers["reason"] for headers, _ in outcomes.dead_letters} == {b"unreadable_record"}
    assert outcomes.sources() == {f"{topic}/0/{offset}": 1 for offset in range(3)}


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
def test_a_record_that_decompresses_to_more_than_the_limit_is_too_large_and_its_neighbours_are_judged(
    line: Line, service: Service, codec: str
) -> None:
    records = record(0, IMAGE, b"before") + record(1, bytes(40 << 20), b"bomb") + record(2, IMAGE, b"after")
    assert produce(line.kafka, line.topics.images, 1, batch(COMPRESS[codec](records), 3, codec)) == TOOK_IT
    with service:
        outcomes = line.outcomes(3)
    assert {verdict.part_id for verdict in outcomes.verdicts} == {"before", "after"}
    ((headers, value),) = outcomes.dead_letters
    assert (headers["reason"], value) == (b"too_large", b"")
    assert set(outcomes.sources().values()) == {1}


def test_a_batch_damaged_on_the_brokers_disk_is_dead_letters_and_what_follows_is_judged(tmp_path: Path) -> None:
    """A flipped bit in a segment file: brokers send it as it is, and every client sees another checksum."""
    topics = Topics("images", "verdicts", "dead-letter", "reviews", 1)
    data = tmp_path / "kafka"
    with LocalKafka(fetch(), data) as broker:
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)) as admin:
            shape = {"num_partitions": 1, "replication_factor": 1}
            admin.create_topics(dict.fromkeys(topics.names, shape), wait_for_metadata=True)
        for values in ([IMAGE], [IMAGE] * 3, [IMAGE]):
            assert produce(broker.bootstrap_servers, topics.images, 0, packed(values)) == TOOK_IT
    (segment,) = data.rglob("images-0/*.log")
    damaged = bytearray(segment.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    segment.write_bytes(damaged)
    write_bundle(tmp_path / "store")
    with LocalKafka(fetch(), data) as broker:
        line = Line(broker.bootstrap_servers, topics)
        with Service(broker.bootstrap_servers, tmp_path / "store", topics, tmp_path / "log") as service:
            outcomes = line.outcomes(5)
            assert service.until_ready().stop() == 0
    assert {verdict.source.offset for verdict in outcomes.verdicts} == {0, 4}
    assert {headers["source_offset"] for headers, _ in outcomes.dead_letters} == {b"1", b"2", b"3"}
    assert {headers["reason"] for headers, _ in outcomes.dead_letters} == {b"unreadable_record"}


def test_a_reader_of_a_topic_passes_over_unreadable_records(line: Line) -> None:
    topic = line.topics.verdicts
    assert produce(line.kafka, topic, 0, batch(record(9, b"a") + record(3, b"b"), 2)) == TOOK_IT
    assert produce(line.kafka, topic, 0, packed([b"readable"], "zstd")) == TOOK_IT
    with TopicReader(Settings(bootstrap_servers=line.kafka), topic) as reader:
        reader.seek(None)
        assert [each.value for each in reader.to_end()] == [b"readable"]
