"""Kafka clients with connection security, set up for large images and transactions."""

import uuid
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from service.environment.servers import parse_servers
from service.record.unpacking import read_all
from service.settings import BrokerSettings, RecordSettings, RunSettings

ENVELOPE_BYTES = 64 * 1024
"""Room above the largest image for key, headers and framing, and for the headers a dead letter adds."""

LARGEST_INT32 = 2**31 - 1
"""Sizes on the wire are of 32 bits with a sign."""

SESSION_TIMEOUT_MS = 15_000
"""A replica that died is noticed after this long; its partitions go to the others."""

TRANSACTION_TIMEOUT_MS = 20_000
"""A replica that died in a transaction holds back readers of its partitions for up to this long."""

WRITE_SECONDS = 10.0
"""A person waits for each review to be written: after this long the brokers count as away."""

RECONNECT_MS = 1_000
"""Longest pause before absent brokers are tried again; the default of 30 s outlasts most of their restarts."""

PRODUCER_BACKOFF_MS = 3
"""The default of 100 dominates a transaction: the coordinator is often 'concurrent' for a millisecond or two."""


def make_consumer(settings: RunSettings) -> KafkaConsumer:
    """A group member that commits nothing by itself and waits for other members' open transactions."""
    largest = settings.max_image_bytes + ENVELOPE_BYTES
    consumer = KafkaConsumer(
        **_connection(settings),
        group_id=settings.group,
        group_instance_id=settings.instance or None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        partition_assignment_strategy=[CooperativeStickyAssignor],
        session_timeout_ms=SESSION_TIMEOUT_MS,
        max_partition_fetch_bytes=largest,
        fetch_max_bytes=min(max(2 * largest, 50 * 1024 * 1024), LARGEST_INT32),
    )
    return read_all(consumer, largest)


def make_reader(settings: RecordSettings) -> KafkaConsumer:
    """A consumer for reading topics back: in no group, commits nothing, reads committed records; no partitions yet."""
    largest = settings.max_image_bytes + ENVELOPE_BYTES
    consumer = KafkaConsumer(
        **_connection(settings),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=largest,
        fetch_max_bytes=min(max(2 * largest, 50 * 1024 * 1024), LARGEST_INT32),
    )
    return read_all(consumer, largest)


def make_writer(settings: BrokerSettings) -> KafkaProducer:
    """An idempotent producer for single records that must arrive, such as reviews."""
    return KafkaProducer(
        **_connection(settings), retry_backoff_ms=PRODUCER_BACKOFF_MS, max_block_ms=round(WRITE_SECONDS * 1000)
    )


def transactional_id(settings: RunSettings) -> str:
    """The transactional id of this process; a stable instance name gives its predecessor's, which is then fenced."""
    return f"{settings.group}-{settings.instance or uuid.uuid4().hex}"


def make_producer(settings: RecordSettings, transactional_id: str) -> KafkaProducer:
    """A transactional producer."""
    return KafkaProducer(
        **_connection(settings),
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        retry_backoff_ms=PRODUCER_BACKOFF_MS,
        max_request_size=settings.max_image_bytes + 2 * ENVELOPE_BYTES,
    )


def make_admin(settings: BrokerSettings) -> KafkaAdminClient:
    """An admin client, for creating topics."""
    return KafkaAdminClient(**_connection(settings))


def _connection(settings: BrokerSettings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": parse_servers(settings.bootstrap_servers),
        "bootstrap_timeout_ms": round(settings.bootstrap_timeout_seconds * 1000),
        "client_id": "linewatch",
        "reconnect_backoff_max_ms": RECONNECT_MS,
        "security_protocol": settings.security_protocol,
    }
    if "SSL" in settings.security_protocol:
        options |= {
            "ssl_cafile": _text(settings.ssl_cafile),
            "ssl_certfile": _text(settings.ssl_certfile),
            "ssl_keyfile": _text(settings.ssl_keyfile),
        }
    if settings.sasl_password is not None:
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    return options


def _text(path: object) -> str | None:
    return None if path is None else str(path)
