"""A Kafka broker with TLS, SASL and access control for the whole test run."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.secured import SecuredBroker, running_secured_broker
from service.settings.every import Settings

PASSWORDS = {
    "run": "r-pass-0001",
    "review": "v-pass-0002",
    "collect": "c-pass-0003",
    "camera": "k-pass-0004",
    "topics": "t-pass-0005",
    "parts": "p-pass-0007",
    "send": "s-pass-0008",
    "follow": "f-pass-0009",
    "a=b,c": "o-pass-0006",
}


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """Takes seconds to start, so there is one."""
    with running_secured_broker(fetch(), tmp_path_factory.mktemp("secured"), PASSWORDS) as broker:
        yield broker


def login(broker: SecuredBroker, user: str, mechanism: str = "PLAIN", **others: Any) -> Settings:
    """The settings of a user that logs in with a password over TLS."""
    return Settings(
        **{
            "bootstrap_servers": broker.login,
            "bootstrap_timeout_seconds": 5.0,
            "security_protocol": "SASL_SSL",
            "ssl_cafile": broker.certificates.authority,
            "sasl_mechanism": mechanism,
            "sasl_username": user,
            "sasl_password": broker.passwords[user],
            **others,
        }
    )


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables that set what differs from the defaults."""
    return {
        f"LINEWATCH_{name.upper()}": value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in ((name, getattr(settings, name)) for name in settings.model_fields_set)
    }
