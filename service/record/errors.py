"""Errors of the brokers, the topics and what secures them."""

from kafka.errors import (
    AuthorizationError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from service.errors import Failure, Misuse
from service.settings.broker import BrokerSettings


class StreamError(Failure, RuntimeError):
    """The brokers or topics cannot be used; the message is one sentence for people."""


class WrongSecurity(StreamError, Misuse):  # noqa: N818 - an event
    """A file or setting of TLS or SASL is wrong, whatever the brokers say."""


class NoBroker(KafkaError):  # type: ignore[misc] # untyped library  # noqa: N818 - as its siblings there
    """No broker could be used; the message is the last cause and what to do."""

    def __str__(self) -> str:
        return str(self.args[0])


def unreachable(settings: BrokerSettings, error: Exception) -> StreamError:
    """The error when no broker answers, or when they refuse what is asked."""
    if right := missing_right(error):
        return StreamError(right)
    todo = "" if isinstance(error, NoBroker) else "; check bootstrap_servers, the network and the security settings"
    where = f"{settings.bootstrap_servers} ({settings.security_protocol})"
    return StreamError(f"expected Kafka at {where}, found: {error}{todo}")


def missing_right(error: Exception, wanted: str = "read or write") -> str | None:
    """A sentence that names the right which the brokers' access control does not give, if that is the error.

    Args:
        error: of the client.
        wanted: what was to be done with a topic.
    """
    if not isinstance(error, AuthorizationError):
        return None
    found: object = error.args[0] if error.args else ""
    names = ", ".join(sorted(map(str, found))) if isinstance(found, set | list | tuple) else str(found)
    resource = next(word for kind, word in _RESOURCES.items() if isinstance(error, kind)).format(wanted=wanted)
    return forbidden(f"{resource} {names}".rstrip())


def forbidden(what: str) -> str:
    """A sentence that says what the brokers do not allow."""
    return f"expected the right to {what}, found none; allow it to this user (docs/kafka-security.md)"


_RESOURCES: dict[type[Exception], str] = {
    TopicAuthorizationFailedError: "{wanted} topic",
    GroupAuthorizationFailedError: "read with group",
    TransactionalIdAuthorizationFailedError: "write with transactional ids that begin with the group and a hyphen",
    AuthorizationError: "do this on the cluster:",
}
"""The first that fits, from the special to the general."""
