"""What can go wrong with the brokers, in words."""

from service.settings import Settings


class StreamError(RuntimeError):
    """A fault of the brokers or the topics that stops the program; the message is one sentence for people."""


def unreachable(settings: Settings, error: Exception) -> StreamError:
    """What to say when no broker answers."""
    return StreamError(
        f"expected Kafka at {settings.bootstrap_servers} ({settings.security_protocol}), found: {error}; "
        "check bootstrap_servers, the network and the security settings"
    )
