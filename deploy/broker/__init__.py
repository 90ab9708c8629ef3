"""A single-node Apache Kafka for demos and tests: fetched once, no Docker, gone when its owner is gone."""

from deploy.broker.errors import BrokerError
from deploy.broker.install import KafkaInstallation, fetch
from deploy.broker.local import LocalKafka

__all__ = ["BrokerError", "KafkaInstallation", "LocalKafka", "fetch"]
