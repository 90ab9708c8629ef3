"""Addresses of brokers."""

import pytest

from service.environment.servers import parse_servers


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("localhost:9092", ["localhost:9092"]),
        ("one:1, two:65535 ,", ["one:1", "two:65535"]),
        ("broker", ["broker"]),
        ("[::1]:9092,[fe80::1%eth0]", ["[::1]:9092", "[fe80::1%eth0]"]),
    ],
)
def test_brokers_are_split(text: str, servers: list[str]) -> None:
    assert parse_servers(text) == servers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "at least one broker"),
        (" , ", "at least one broker"),
        ("localhost:abc", "host:port"),
        ("localhost:", "host:port"),
        ("localhost:-1", "host:port"),
        (":9092", "host:port"),
        ("a b:9092", "host:port"),
        ("::1", "an IPv6 address in brackets"),
        ("::1:9092", "an IPv6 address in brackets"),
        ("[::1", "host:port"),
        ("http://broker:9092", "without a scheme"),
        ("SASL_SSL://broker:9092", "without a scheme"),
        ("localhost:99999", "a port from 1 to 65535"),
        ("localhost:0", "a port from 1 to 65535"),
        ("good:9092,bad:port", "host:port"),
        (f"{'a' * 300}:9092", "host:port"),
    ],
)
def test_what_is_no_address_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        parse_servers(text)
    assert expected in str(refused.value)
