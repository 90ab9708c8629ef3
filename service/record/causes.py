"""Why no broker could be used: what the last connections ended with, and what to do about it."""

import logging
import os
import re
import ssl
from contextlib import suppress
from enum import IntEnum
from typing import Any

from kafka.errors import (
    IllegalSaslStateError,
    InvalidReceiveError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)

from service.record.errors import WrongSecurity
from service.settings.broker import BrokerSettings

log = logging.getLogger(__name__)


class Stage(IntEnum):
    """How far a connection came."""

    GREETING = 0
    REQUEST = 1
    HANDSHAKE = 2


class Causes:
    """The failures of one client's connections."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._weight = -1
        self._told = ""
        self.last: str | None = None
        """What was found and what to do, as two clauses; None if no connection failed."""
        self.client: Any = None

    def add(self, stage: Stage, error: BaseException) -> None:
        """Remember a failure; one of TLS or a login says more than a broker that is away."""
        weight = _weight(stage, error)
        if weight < self._weight:
            return
        self._weight = weight
        self.last = _explain(stage, error, self._settings)
        if self.last != self._told:  # once, for who waits
            self._told = self.last
            log.info("no connection yet: %s", self.last)

    def close(self) -> None:
        """Close the client, whose constructor failed."""
        if self.client is not None:
            with suppress(Exception):
                self.client.close()


def _weight(stage: Stage, error: BaseException) -> int:
    root = _root(error)
    if isinstance(root, ssl.SSLError | WrongSecurity | SaslAuthenticationFailedError | UnsupportedSaslMechanismError):
        return 2
    return 1 if stage is not Stage.GREETING or _is_hang_up(root) else 0


def _is_hang_up(root: BaseException) -> bool:
    kinds = (InvalidReceiveError, ConnectionResetError, BrokenPipeError)
    return isinstance(root, kinds) or "disconnected" in str(root)


def _root(error: BaseException) -> BaseException:
    """The client wraps errors of sockets and TLS."""
    if isinstance(error, WrongSecurity):
        return error
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error.__cause__
    return error if inner is None else _root(inner)


def _explain(stage: Stage, error: BaseException, settings: BrokerSettings) -> str:
    root = _root(error)
    if isinstance(root, WrongSecurity):
        return str(root)
    if isinstance(root, ssl.SSLError):
        return _explain_tls(root)
    if isinstance(root, SaslAuthenticationFailedError | UnsupportedSaslMechanismError | IllegalSaslStateError):
        return _explain_login(root, settings)
    if stage is Stage.HANDSHAKE:
        return f"no answer in TLS ({_text(root)}); is that port one for TLS? correct security_protocol or the port"
    if _is_hang_up(root):
        return _explain_hang_up(stage, settings)
    return f"{_text(root)}; check bootstrap_servers and the network"


def _explain_login(error: BaseException, settings: BrokerSettings) -> str:
    if isinstance(error, SaslAuthenticationFailedError):
        return f"the brokers refuse the login ({_text(error)}); correct {_credentials(settings)}"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"the brokers do not offer {settings.sasl_mechanism} there; correct sasl_mechanism"
    return "the brokers expect no login there; set security_protocol to SSL or PLAINTEXT, or take the port for SASL"


def _explain_hang_up(stage: Stage, settings: BrokerSettings) -> str:
    if stage is Stage.REQUEST:
        return "the brokers hang up at the first request; if they expect a login, set security_protocol to a SASL one"
    if "SSL" in settings.security_protocol:
        return "the brokers hang up before they answer; if they expect a client certificate, set ssl_certfile"
    return "the brokers hang up before they answer; if they speak TLS there, set security_protocol to SSL or SASL_SSL"


def _explain_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        todo = (
            "use a name in bootstrap_servers that the certificate has"
            if "hostname" in error.verify_message.lower() or "ip address" in error.verify_message.lower()
            else "set ssl_cafile to the authority that signed it"
        )
        if "expired" in error.verify_message:
            todo = "renew it on the brokers"
        return f"the broker's certificate is not accepted: {error.verify_message.rstrip('.')}; {todo}"
    reason = (error.reason or str(error)).lower().replace("_", " ")
    if "certificate required" in reason:
        return "the brokers expect a client certificate; set ssl_certfile and ssl_keyfile"
    if "alert" in reason and ("certificate" in reason or "unknown ca" in reason):
        return f"the brokers do not accept the client certificate ({reason}); set ssl_certfile to one that they trust"
    if isinstance(error, ssl.SSLEOFError) or reason in ("wrong version number", "record layer failure"):
        return f"no answer in TLS ({reason}); is that port one for TLS? correct security_protocol or the port"
    return f"TLS failed: {reason}; check the brokers' versions and ciphers"


def _credentials(settings: BrokerSettings) -> str:
    if settings.sasl_mechanism != "OAUTHBEARER":
        return "sasl_username or sasl_password"
    return "the token" if settings.sasl_oauth_token_file else "sasl_oauth_client_id or sasl_oauth_client_secret"


def _text(error: BaseException) -> str:
    """The message alone, without numbers and names of classes."""
    text = re.sub(r"^(\[Error \d+\] |\w+Error: )+", "", " ".join(str(error).split()))[:300]
    if number := re.fullmatch(r"(\d+) E[A-Z]+", text):
        return os.strerror(int(number[1])).lower()
    return text or type(error).__name__
