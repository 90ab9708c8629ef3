"""A real Kafka broker for the whole test run, and topics of its own for every test."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import pytest
from kafka import KafkaAdminClient

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka


@dataclass(frozen=True)
class Topics:
    """The names of one test's own topics, each with `partitions` partitions."""

    images: str
    verdicts: str
    dead_letter: str
    reviews: str
    partitions: int

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.images, self.verdicts, self.dead_letter, self.reviews, self.parts)

    @property
    def parts(self) -> str:
        """Of part verdicts."""
        return f"{self.images.removesuffix('images')}parts"


class MakeTopics(Protocol):
    def __call__(self, partitions: int = 4) -> Topics: ...


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """The one broker of the test run. A test that kills it starts it again before it ends."""
    installation = fetch()
    with LocalKafka(installation, tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def make_topics(kafka: LocalKafka) -> MakeTopics:
    """Creates topics with unique names, ready to write to."""

    def make(partitions: int = 4) -> Topics:
        line = uuid.uuid4().hex[:12]
        topics = Topics(f"{line}.images", f"{line}.verdicts", f"{line}.dead-letter", f"{line}.reviews", partitions)
        shape = {"num_partitions": partitions, "replication_factor": 1}
        with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)) as admin:
            admin.create_topics(dict.fromkeys(topics.names, shape), wait_for_metadata=True)
        return topics

    return make


@pytest.fixture
def topics(kafka: LocalKafka, make_topics: MakeTopics) -> Iterator[Topics]:
    """Topics of four partitions, deleted after the test: thousands of them would slow the broker down."""
    topics = make_topics()
    yield topics
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)) as admin:
        admin.delete_topics(topics.names)
