"""Errors of the brokers and topics."""

from service.settings import BrokerSettings


class StreamError(RuntimeError):
    """The brokers or topics cannot be used; the message is one sentence for people."""


def unreachable(settings: BrokerSettings, error: Exception) -> StreamError:
    """The error when no broker answers."""
    return StreamError(
        f"expected Kafka at {settings.bootstrap_servers} ({settings.security_protocol}), found: {error}; "
        "check bootstrap_servers, the network and the security settings"
    )
