"""Kafka clients with connection security, set up for large images and transactions."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import structlog
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaError

from service.environment.servers import parse_servers
from service.record.attentive_client import attentive_client
from service.record.causes import Causes
from service.record.errors import NoBroker
from service.record.tls import make_tls_context
from service.record.tokens import FileTokens, make_tokens
from service.record.unpacking import read_all
from service.settings.broker import BrokerSettings
from service.settings.record import RecordSettings
from service.settings.run import RunSettings

log = structlog.get_logger(__name__)

T = TypeVar("T")

ENVELOPE_BYTES = 64 * 1024
"""Room above the largest image for key, headers and framing, and for the headers a dead letter adds."""

LARGEST_INT32 = 2**31 - 1
"""Sizes on the wire are of 32 bits with a sign."""

FETCH_BYTES, PARTITION_FETCH_BYTES = 16 * 1024 * 1024, 4 * 1024 * 1024
"""Of one answer of a broker, and of each partition in it; one image is always sent, however large (KIP-74).

Less costs more processor time for each image; more takes three times as much memory, and pays for no more
(docs/benchmarks.md). Four partitions fit, so that none waits for another.
"""

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


def make_consumer(settings: RunSettings, **changes: Any) -> KafkaConsumer:
    """A member of the group that scores images; `changes` as those of `make_member`."""
    return make_member(settings, settings.group, settings.instance, **changes)


def make_member(settings: RecordSettings, group: str, instance: str = "", **changes: Any) -> KafkaConsumer:
    """A group member that commits nothing by itself and waits for other members' open transactions.

    `instance` is a stable name of this replica, or nothing. `changes` are options of the client in place of ours, to
    measure what they are worth.
    """
    largest = settings.max_image_bytes + ENVELOPE_BYTES
    options: dict[str, Any] = {
        "group_id": group,
        "group_instance_id": instance or None,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "partition_assignment_strategy": [CooperativeStickyAssignor],
        "session_timeout_ms": SESSION_TIMEOUT_MS,
        "max_partition_fetch_bytes": PARTITION_FETCH_BYTES,
        "fetch_max_bytes": FETCH_BYTES,
        "receive_message_max_bytes": _largest_answer(largest),
    }
    consumer = _connected(KafkaConsumer, settings, **options | changes)
    return read_all(consumer, largest)


def make_reader(settings: RecordSettings, group: str | None = None) -> KafkaConsumer:
    """A consumer for reading topics back: commits nothing, reads committed records; no partitions yet.

    It is in no group; of `group`, offsets can be asked for.
    """
    largest = settings.max_image_bytes + ENVELOPE_BYTES
    consumer = _connected(
        KafkaConsumer,
        settings,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
        fetch_max_bytes=FETCH_BYTES,
        receive_message_max_bytes=_largest_answer(largest),
    )
    return read_all(consumer, largest)


def make_writer(settings: BrokerSettings) -> KafkaProducer:
    """An idempotent producer for single records that must arrive, such as reviews."""
    return _connected(
        KafkaProducer, settings, retry_backoff_ms=PRODUCER_BACKOFF_MS, max_block_ms=round(WRITE_SECONDS * 1000)
    )


def transactional_id(group: str, instance: str) -> str:
    """The transactional id of this process; a stable instance name gives its predecessor's, which is then fenced."""
    return f"{group}-{instance or uuid.uuid4().hex}"


def make_producer(settings: RecordSettings, transactional_id: str, **changes: Any) -> KafkaProducer:
    """A transactional producer; `changes` as those of `make_consumer`."""
    options: dict[str, Any] = {
        "transactional_id": transactional_id,
        "transaction_timeout_ms": TRANSACTION_TIMEOUT_MS,
        "retry_backoff_ms": PRODUCER_BACKOFF_MS,
        "max_request_size": settings.max_image_bytes + 2 * ENVELOPE_BYTES,
    }
    return _connected(KafkaProducer, settings, **options | changes)


def make_admin(settings: BrokerSettings) -> KafkaAdminClient:
    """An admin client, for creating topics."""
    return _connected(KafkaAdminClient, settings)


def check_security(settings: BrokerSettings) -> None:
    """Load the files that secure connections, before anything connects.

    Raises:
        WrongSecurity: if one cannot be used.
    """
    make_tls_context(settings)
    tokens = make_tokens(settings)
    if isinstance(tokens, FileTokens):
        tokens.token()
    if settings.security_protocol == "SASL_PLAINTEXT":
        log.warning("whoever listens on the network can use what logs in: security_protocol is SASL_PLAINTEXT, no TLS")


def _largest_answer(largest: int) -> int:
    """What is no answer of a broker any more; topics may allow somewhat larger records than the settings."""
    return min(max(100_000_000, 3 * largest), LARGEST_INT32)


def _connected(make: Callable[..., T], settings: BrokerSettings, **options: Any) -> T:
    """A client that has found a broker.

    Raises:
        NoBroker: with the last cause, if none can be used within the time that is set.
        WrongSecurity: if the files or settings of TLS or SASL are wrong.
    """
    causes = Causes(settings)
    try:
        return make(**_connection(settings), kafka_client=partial(attentive_client, causes), **options)
    except KafkaError as error:
        causes.close()
        raise NoBroker(causes.last or str(error)) from error


def _connection(settings: BrokerSettings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": parse_servers(settings.bootstrap_servers),
        "bootstrap_timeout_ms": round(settings.bootstrap_timeout_seconds * 1000),
        "client_id": "linewatch",
        "reconnect_backoff_max_ms": RECONNECT_MS,
        "security_protocol": settings.security_protocol,
        "ssl_context": make_tls_context(settings),
    }
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        if tokens := make_tokens(settings):
            options["sasl_oauth_token_provider"] = tokens
        elif settings.sasl_password is not None:
            options["sasl_plain_username"] = _user(settings)
            options["sasl_plain_password"] = settings.sasl_password.get_secret_value()
    return options


def _user(settings: BrokerSettings) -> str | None:
    """The user's name; SCRAM has words of its own for two characters (RFC 5802), which the client leaves to us."""
    name = settings.sasl_username or ""
    return name.replace("=", "=3D").replace(",", "=2C") if settings.sasl_mechanism != "PLAIN" else name
