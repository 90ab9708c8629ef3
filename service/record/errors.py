"""Errors of the brokers, the topics and what secures them."""

from kafka.errors import KafkaError

from service.settings import BrokerSettings


class StreamError(RuntimeError):
    """The brokers or topics cannot be used; the message is one sentence for people."""


class WrongSecurity(StreamError):  # noqa: N818 - an event
    """A file or setting of TLS or SASL is wrong, whatever the brokers say."""


class NoBroker(KafkaError):  # type: ignore[misc] # untyped library  # noqa: N818 - as its siblings there
    """No broker could be used; the message is the last cause and what to do."""

    def __str__(self) -> str:
        return str(self.args[0])


def unreachable(settings: BrokerSettings, error: Exception) -> StreamError:
    """The error when no broker answers."""
    todo = "" if isinstance(error, NoBroker) else "; check bootstrap_servers, the network and the security settings"
    return StreamError(
        f"expected Kafka at {settings.bootstrap_servers} ({settings.security_protocol}), found: {error}{todo}"
    )
