"""Outcomes that a real broker does not take, and images that come with more than an outcome can repeat."""

import gzip
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.raw_batches import batch, produce, record
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

IMAGE = png(part(60))


@pytest.fixture
def service(line: Line, tmp_path: Path) -> Service:
    write_bundle(tmp_path / "store")
    return Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "service.log")


def test_whatever_comes_with_an_image_its_outcome_fits(line: Line, service: Service) -> None:
    hostile = [
        record(0, IMAGE, b"p" * 400_000),
        record(0, IMAGE, b"\xff" * 120_000),
        record(0, IMAGE, b"k" * (3 << 20)),
        record(0, IMAGE, b"k" * (40 << 20)),
        record(0, IMAGE, b"stream", [(b"stream", b"s" * (4 << 20))]),
        record(0, b"", b"headers", [(b"h%d" % number, b"x" * 100) for number in range(5000)]),
        record(0, b"", b"header", [(b"h", b"x" * (10 << 20))]),
        record(0, b"", b"too many", [(b"", b"")] * 1_000_000),
        record(0, IMAGE, b"\0" * 4096),
        record(0, IMAGE, b"good"),
    ]
    for number, each in enumerate(hostile):
        assert produce(line.kafka, line.topics.images, number % 4, batch(gzip.compress(each), 1, "gzip")) == 0
    with service:
        outcomes = line.outcomes(len(hostile))
        assert service.until_ready().stop() == 0
    assert set(outcomes.sources().values()) == {1}
    assert len(outcomes) == len(hostile)
    assert all(len(verdict.part_id) <= 1024 * 4 for verdict in outcomes.verdicts)
    aborted = [event for event in service.events() if event["event"].startswith("batch aborted")]
    assert len(aborted) <= 1  # brokers that just started may refuse a transaction; what is refused for good is so again


def test_a_dead_letter_larger_than_its_topic_takes_is_reduced_and_all_others_are_whole(
    line: Line, service: Service
) -> None:
    line.set_largest_message(line.topics.dead_letter, 1200)
    images = {f"part-{number}": IMAGE for number in range(40)}
    line.send({**images, "large": b"no image, of many bytes" * 100, "small": b"no image"})
    with service:
        outcomes = line.outcomes(42)
        assert service.until_ready().stop() == 0
    assert {verdict.part_id for verdict in outcomes.verdicts} == images.keys()
    reduced = {headers["source_offset"]: ("reduced" in headers, value) for headers, value in outcomes.dead_letters}
    assert sorted(reduced.values()) == [(False, b"no image"), (True, b"")]
    assert set(outcomes.sources().values()) == {1}


def test_a_partition_that_is_stuck_shows_and_the_others_go_on_until_the_brokers_take_it(
    line: Line, service: Service
) -> None:
    line.set_largest_message(line.topics.dead_letter, 100)
    assert produce(line.kafka, line.topics.images, 2, batch(record(0, b"no image", b"stuck"), 1)) == 0
    assert produce(line.kafka, line.topics.images, 2, batch(record(0, IMAGE, b"behind"), 1)) == 0
    with service:
        service.until_ready()
        wait_until(lambda: service.sample("linewatch_partition_stuck", partition="2") == 1, "a stuck partition")
        for partition in (0, 1, 3):
            assert produce(line.kafka, line.topics.images, partition, batch(record(0, IMAGE, b"others"), 1)) == 0
        assert len(line.outcomes(3).verdicts) == 3
        assert f"stuck at {line.topics.images}/2/0" in not_live(service)
        line.set_largest_message(line.topics.dead_letter, 1 << 20)
        outcomes = line.outcomes(5)
        wait_until(lambda: service.sample("linewatch_partition_stuck", partition="2") == 0, "the partition to go on")
        assert service.get("/live") == b"live\n"
        assert service.stop() == 0
    assert {verdict.part_id for verdict in outcomes.verdicts} == {"others", "behind"}
    assert set(outcomes.sources().values()) == {1}


def not_live(service: Service) -> str:
    with pytest.raises(HTTPError) as answer:
        service.get("/live")
    assert answer.value.code == 503
    return answer.value.read().decode()
