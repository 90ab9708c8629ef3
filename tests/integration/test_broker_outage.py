"""A broker that is killed and comes back: the service waits and goes on; no image is lost or judged twice."""

from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from tests.support.broker import Topics
from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

IMAGES = 2000
TOPICS = Topics("outage.images", "outage.verdicts", "outage.dead-letter", "outage.reviews", partitions=4)


def test_every_image_has_exactly_one_verdict_through_a_killed_broker(tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    with LocalKafka(fetch(), tmp_path / "kafka") as broker:
        create(broker, TOPICS)
        line = Line(broker.bootstrap_servers, TOPICS)
        line.send({f"part-{i}": png(part(20 + i % 90, seed=i)) for i in range(IMAGES)})
        with Service(line.kafka, tmp_path / "store", TOPICS, tmp_path / "service.log") as service:
            service.until_ready()
            wait_until(lambda: service.sample("linewatch_batch_images_sum") > 0, "the first batch committed")
            broker.kill()
            broker.start()
            # Where the client gives up, the service logs one line and ends; its supervisor would start it again.
            if not service.lasts_until(lambda: service.sample("linewatch_batch_images_sum") == IMAGES):
                service.start()
            outcomes = line.outcomes(IMAGES)
    assert set(outcomes.sources().values()) == {1}
    assert len(outcomes.verdicts) == IMAGES


def create(broker: LocalKafka, topics: Topics) -> None:
    shape = {"num_partitions": topics.partitions, "replication_factor": 1}
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)) as admin:
        names = (topics.images, topics.verdicts, topics.dead_letter)
        admin.create_topics(dict.fromkeys(names, shape), wait_for_metadata=True)
