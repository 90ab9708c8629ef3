"""Addresses of brokers."""

import pytest

from service.environment.servers import check_names, check_proxy, parse_servers


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


@pytest.mark.parametrize("text", ["", "*", "10.0.0.2", "::1"])
def test_a_proxy_is_an_address(text: str) -> None:
    assert check_proxy(text) == text


@pytest.mark.parametrize("text", ["nginx", "10.0.0.2:80", "http://10.0.0.2", "10.0.0.0/8"])
def test_what_no_connection_comes_from_is_no_proxy(text: str) -> None:
    with pytest.raises(ValueError, match="expected the IP address of a proxy"):
        check_proxy(text)


@pytest.mark.parametrize("text", ["", "*", "a.example.org, .plant.example", "a,,b,"])
def test_names_of_hosts_are_names(text: str) -> None:
    assert check_names(text) == text


@pytest.mark.parametrize("text", ["http://a.example.org", "a.example.org:8000", "a/b", "a b"])
def test_what_no_host_header_names_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected names of hosts"):
        check_names(text)
