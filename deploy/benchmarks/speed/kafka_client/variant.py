"""A Kafka client to measure: `ours`, or `plain` kafka-python; either with some of its options changed."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer

from service.record.clients import make_consumer, make_producer
from service.settings.run import RunSettings

NAMES = ("plain", "ours")
GROUP = "benchmark"
_PRODUCERS = KafkaProducer.DEFAULT_CONFIG.keys()


@dataclass(frozen=True)
class Variant:
    """`ours` is made as the service makes it, `plain` with kafka-python's defaults and committed records alone."""

    is_ours: bool
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of a text such as `ours` or `plain:fetch_max_bytes=1000000,check_crcs=false`; values are JSON.

        Raises:
            ValueError: if it is not of this form, or neither consumer nor producer has such an option.
        """
        name, _, changes = text.partition(":")
        if name not in NAMES:
            raise ValueError(f"expected a client of {', '.join(NAMES)}, found {name!r}")
        pairs = [each.partition("=") for each in changes.split(",") if each]
        unknown = {option for option, _, _ in pairs} - KafkaConsumer.DEFAULT_CONFIG.keys() - _PRODUCERS
        if unknown:
            raise ValueError(f"expected options of the client, found {', '.join(sorted(unknown))}")
        return cls(name == "ours", {option: json.loads(value) for option, _, value in pairs})

    def consumer(self, servers: str) -> KafkaConsumer:
        """A consumer that commits nothing; no partitions yet. What is an option of producers alone changes nothing."""
        changes = {name: value for name, value in self.changes.items() if name in KafkaConsumer.DEFAULT_CONFIG}
        if self.is_ours:
            return make_consumer(_settings(servers), **changes)
        options = {"enable_auto_commit": False, "isolation_level": "read_committed", **changes}
        return KafkaConsumer(bootstrap_servers=servers, group_id=GROUP, **options)

    def producer(self, servers: str, transactional_id: str) -> KafkaProducer:
        """A transactional producer. What is an option of consumers alone changes nothing."""
        changes = {name: value for name, value in self.changes.items() if name in _PRODUCERS}
        if self.is_ours:
            return make_producer(_settings(servers), transactional_id, **changes)
        return KafkaProducer(bootstrap_servers=servers, transactional_id=transactional_id, **changes)


def _settings(servers: str) -> RunSettings:
    return RunSettings(bootstrap_servers=servers, group=GROUP)
