"""What is said of errors of the brokers."""

import pytest
from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from service.record.errors import NoBroker, missing_right, unreachable
from service.settings.broker import BrokerSettings


@pytest.mark.parametrize(
    ("error", "right"),
    [
        (TopicAuthorizationFailedError({"b", "a"}), "read or write topic a, b"),
        (TopicAuthorizationFailedError("images"), "read or write topic images"),
        (GroupAuthorizationFailedError("line"), "read with group line"),
        (TransactionalIdAuthorizationFailedError(), "write with transactional ids that begin with the group and a"),
        (ClusterAuthorizationFailedError("idempotent sends"), "do this on the cluster: idempotent sends"),
    ],
)  # fmt: skip
def test_a_missing_right_is_named(error: KafkaError, right: str) -> None:
    sentence = missing_right(error)
    assert sentence is not None
    assert sentence.startswith(f"expected the right to {right}")
    assert sentence.endswith(", found none; allow it to this user (docs/kafka-security.md)")
    assert str(unreachable(BrokerSettings(), error)) == sentence


def test_other_errors_are_no_missing_right() -> None:
    assert missing_right(KafkaTimeoutError("slow")) is None
    assert "found: KafkaTimeoutError: slow; check bootstrap_servers" in str(
        unreachable(BrokerSettings(), KafkaTimeoutError("slow"))
    )


def test_a_known_cause_says_what_to_do_itself() -> None:
    assert str(unreachable(BrokerSettings(), NoBroker("the cause; the cure"))) == (
        "expected Kafka at localhost:9092 (PLAINTEXT), found: the cause; the cure"
    )
