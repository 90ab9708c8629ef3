"""`server.properties` of the one-node broker."""

from collections.abc import Mapping
from pathlib import Path

LARGEST_MESSAGE_BYTES = 32 * 2**20  # twice the service's limit, so that tests can send an image that is too large


def server_properties(data: Path, port: int, controller_port: int, others: Mapping[str, object]) -> str:
    """The text of Kafka's `server.properties`: broker and controller in one process, on this machine only.

    `others` are settings by Kafka's own names, added to these or in their place.
    """
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"BROKER://localhost:{port},CONTROLLER://localhost:{controller_port}",
        "advertised.listeners": f"BROKER://localhost:{port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"localhost:{controller_port}",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        # One node holds every replica there is.
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # Alone, a broker that shuts down in order says of open transactions that they are committed, and forgets them:
        # with its leadership given up, it takes their partitions for deleted.
        "controlled.shutdown.enable": "false",
        # Few partitions: each costs files and start-up time.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        # Image-sized messages.
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "replica.fetch.max.bytes": LARGEST_MESSAGE_BYTES,
        "socket.request.max.bytes": 4 * LARGEST_MESSAGE_BYTES,
        # Groups form at once and notice a killed member soon.
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # A killed broker may come back without waiting for its own old session to expire.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # What tests and benchmarks send may say that it is years old, and is to stay until the broker goes.
        "log.retention.ms": -1,
        # Fits the small heap; the default buffer alone is 128 MB.
        "log.cleaner.dedupe.buffer.size": 4 * 2**20,
        **others,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
