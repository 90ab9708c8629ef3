"""What the Kafka clients are given."""

from pathlib import Path
from typing import Any

import pytest

from deploy.devtools.broker.certificates import make_certificates
from service.record import clients
from service.settings.every import Settings

SASL = ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password", "sasl_oauth_token_provider")


@pytest.fixture(autouse=True)
def options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are the options that they would be made with."""
    for name in ("KafkaConsumer", "KafkaProducer", "KafkaAdminClient"):
        monkeypatch.setattr(clients, name, dict)
    monkeypatch.setattr(clients, "read_all", lambda consumer, _largest: consumer)


def all_clients(settings: Settings) -> list[dict[str, Any]]:
    return [
        clients.make_consumer(settings),
        clients.make_reader(settings),
        clients.make_writer(settings),
        clients.make_producer(settings, "an id"),
        clients.make_admin(settings),
    ]


def test_every_client_connects_to_all_brokers_that_are_named() -> None:
    for each in all_clients(Settings(bootstrap_servers="one:9092, two:9093", bootstrap_timeout_seconds=2.5)):
        assert each["bootstrap_servers"] == ["one:9092", "two:9093"]
        assert each["bootstrap_timeout_ms"] == 2500
        assert each["ssl_context"] is None
        assert [name for name in SASL if name in each] == []


def test_every_client_uses_tls_with_the_files_that_are_set(tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    for each in all_clients(Settings(security_protocol="SSL", ssl_cafile=made.authority)):
        assert each["security_protocol"] == "SSL"
        assert [found["subject"] for found in each["ssl_context"].get_ca_certs()] != []
        assert each["ssl_context"].check_hostname


def test_every_client_authenticates_with_sasl() -> None:
    settings = Settings(
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="me",
        sasl_password="hunter2",
    )
    for each in all_clients(settings):
        assert (each["security_protocol"], each["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
        assert (each["sasl_plain_username"], each["sasl_plain_password"]) == ("me", "hunter2")


def test_the_largest_image_fits_through_all_that_carry_images() -> None:
    settings = Settings(max_image_bytes=100 * 1024 * 1024)
    consumer, reader, _, producer, _ = all_clients(settings)
    for each in (consumer, reader):
        assert each["receive_message_max_bytes"] > settings.max_image_bytes + each["fetch_max_bytes"]
        assert each["fetch_max_bytes"] >= each["max_partition_fetch_bytes"]
        assert (each["isolation_level"], each["enable_auto_commit"]) == ("read_committed", False)
    # A dead letter is the image with more headers.
    assert producer["max_request_size"] >= settings.max_image_bytes + 2 * clients.ENVELOPE_BYTES


def test_a_reader_is_in_no_group() -> None:
    assert (clients.make_reader(Settings())["group_id"], clients.make_consumer(Settings())["group_id"]) == (
        None,
        "linewatch",
    )


def test_an_instance_name_gives_a_transactional_id_that_outlives_the_process() -> None:
    assert clients.transactional_id("line", "pod-1") == "line-pod-1"
    assert clients.transactional_id("line", "") != clients.transactional_id("line", "")


def test_a_user_of_scram_may_have_any_name() -> None:
    """RFC 5802 writes two characters in words of its own, which the client leaves to us."""
    named: dict[str, Any] = {"security_protocol": "SASL_SSL", "sasl_username": "a=b,c", "sasl_password": "hunter2"}
    for mechanism, written in (("PLAIN", "a=b,c"), ("SCRAM-SHA-256", "a=3Db=2Cc"), ("SCRAM-SHA-512", "a=3Db=2Cc")):
        (first, *_) = all_clients(Settings(**named, sasl_mechanism=mechanism))
        assert first["sasl_plain_username"] == written
