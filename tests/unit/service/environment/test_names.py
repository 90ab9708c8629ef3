"""Variables that look like settings and are none."""

import pytest

from service.environment.names import is_service_link, oddities

SETTINGS = ("http_port", "review_port", "bootstrap_servers", "group")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINEWATCH_REVIEW_PORT", "tcp://10.96.12.7:8001"),
        ("LINEWATCH_REVIEW_PORT", "udp://10.96.12.7:8001"),
        ("linewatch_http_port", "TCP://[fd00::7]:8000"),
        ("LINEWATCH_PORT", "tcp://10.96.12.7:8000"),
        ("LINEWATCH_SERVICE_HOST", "10.96.12.7"),
        ("LINEWATCH_REVIEW_SERVICE_PORT", "8001"),
        ("LINEWATCH_REVIEW_SERVICE_PORT_HTTP", "8001"),
        ("LINEWATCH_REVIEW_PORT_8001_TCP", "tcp://10.96.12.7:8001"),
        ("LINEWATCH_REVIEW_PORT_8001_TCP_PROTO", "tcp"),
        ("LINEWATCH_REVIEW_PORT_8001_TCP_PORT", "8001"),
        ("LINEWATCH_REVIEW_PORT_8001_UDP_ADDR", "10.96.12.7"),
    ],
)
def test_what_kubernetes_makes_of_a_service_is_no_setting(name: str, value: str) -> None:
    assert is_service_link(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("LINEWATCH_REVIEW_PORT", "8001"), ("LINEWATCH_REVIEW_PORT", "http://x"), ("LINEWATCH_ARCHIVE", "tcp://10.0.0.1")],
)
def test_all_else_is_not_taken_for_it(name: str, value: str) -> None:
    assert not is_service_link(name, value)


def test_a_misspelt_setting_is_named_with_the_nearest() -> None:
    found = {"LINEWATCH_BOOTSTRAP_SERVRES": "a", "LINEWATCH_GROUP": "b", "HOME": "c", "LINEWATCH_ZZZ": "d"}
    assert list(oddities(found, SETTINGS)) == [
        "expected a setting, found LINEWATCH_BOOTSTRAP_SERVRES, which sets nothing; is it LINEWATCH_BOOTSTRAP_SERVERS?",
        "expected a setting, found LINEWATCH_ZZZ, which sets nothing",
    ]


def test_a_line_of_dotenv_without_a_value_is_mentioned() -> None:
    assert list(oddities({"LINEWATCH_GROUP": None}, SETTINGS)) == [
        "expected LINEWATCH_GROUP=VALUE in .env, found no =, which sets nothing"
    ]


def test_a_service_link_is_mentioned_only_where_it_has_the_name_of_a_setting() -> None:
    links = {"LINEWATCH_REVIEW_PORT": "tcp://10.96.12.7:8001", "LINEWATCH_REVIEW_SERVICE_HOST": "10.96.12.7"}
    (sentence,) = oddities(links, SETTINGS)
    assert sentence.startswith("LINEWATCH_REVIEW_PORT=tcp://10.96.12.7:8001 was made by Kubernetes")
