"""A stop is answered while brokers are frozen, whatever the loop is doing."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from tests.support.broker import Topics
from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

BOUND_SECONDS = 20.0
"""As docs/topics.md says; twice of it here, where other tests use the processors."""

TOPICS = Topics("images", "verdicts", "dead-letter", "reviews", 4)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalKafka]:
    with LocalKafka(fetch(), tmp_path / "kafka") as broker:
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)) as admin:
            shape = {"num_partitions": 4, "replication_factor": 1}
            admin.create_topics(dict.fromkeys(TOPICS.names, shape), wait_for_metadata=True)
        yield broker


class Frozen:
    """The broker's process, stopped for a while: connections stay open and nothing is answered."""

    def __init__(self, broker: LocalKafka) -> None:
        assert broker._process is not None
        parent = psutil.Process(broker._process.pid)
        self._processes = [parent, *parent.children(recursive=True)]

    def __enter__(self) -> None:
        for process in self._processes:
            process.suspend()

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.resume()


@pytest.fixture
def service(broker: LocalKafka, tmp_path: Path) -> Service:
    write_bundle(tmp_path / "store")
    return Service(broker.bootstrap_servers, tmp_path / "store", TOPICS, tmp_path / "service.log")


def seconds_to_stop(service: Service) -> float:
    started = time.monotonic()
    service.send(signal.SIGTERM)
    assert service.wait() == 0
    return time.monotonic() - started


def test_a_stop_while_the_loop_waits_for_images(broker: LocalKafka, service: Service) -> None:
    with service:
        service.until_ready()
        with Frozen(broker):
            assert seconds_to_stop(service) < 2 * BOUND_SECONDS


def test_a_stop_in_mid_transaction_loses_and_doubles_nothing(broker: LocalKafka, service: Service) -> None:
    line = Line(broker.bootstrap_servers, TOPICS)
    with service:
        service.until_ready()
        line.send({f"part-{number}": png(part(20 + number % 90)) for number in range(1500)})
        wait_until(lambda: service.sample("linewatch_batch_images_sum") > 0, "the first batch committed")
        with Frozen(broker):
            assert seconds_to_stop(service) < 2 * BOUND_SECONDS
    with service:
        assert set(line.outcomes(1500).sources().values()) == {1}
