"""No secret in any log: neither by value nor in what the Kafka client logs at level debug."""

import base64
import json
import logging
import math
import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

HIDDEN = "[secret]"
SHORTEST = 4
"""A shorter secret is a part of too many words to be hidden by its value."""

# A JSON Web Token, and what follows "Bearer" in a header.
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=Bearer )[\w.~+/=-]{8,}")
_SECRET_NAME = re.compile(r"password|secret|token|_key$", re.IGNORECASE)


class HideSecrets:
    """A structlog processor: hides secrets in all texts of an event, and writes infinite numbers and NaN as texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            event[key] = self._clean(value)
        return event

    def text(self, value: str) -> str:
        """The text without secrets."""
        hidden = _TOKEN.sub(HIDDEN, value)
        return self._secrets.sub(HIDDEN, hidden) if self._secrets else hidden

    def _clean(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(each) for each in value]
        return self.text(value if isinstance(value, str) else repr(value))


class HideKafkaSecrets(logging.Filter):
    """Hides what kafka-python logs of a login: requests of SASL, and configurations with passwords."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_secrets(each) for each in record.args)
        elif isinstance(record.args, Mapping):  # logging unpacks a single mapping
            record.args = _without_secrets(record.args)
        return True


def _without_secrets(argument: object) -> Any:
    if type(argument).__name__.startswith("Sasl"):
        return type(argument).__name__
    if isinstance(argument, Mapping):
        return {key: HIDDEN if _SECRET_NAME.search(str(key)) else value for key, value in argument.items()}
    return argument


def _forms(secret: str) -> Iterable[str]:
    """The secret as it may stand in a text: as it is, in quotes of Python or JSON, in a URL, in base64."""
    yield secret
    yield repr(secret)[1:-1]
    yield repr(secret.encode())[2:-1]
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode()
