"""Tokens for OAUTHBEARER: from a file that something else renews, or asked for with client credentials."""

import base64
import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

from kafka.net.sasl.oauth import AbstractTokenProvider

from service.record.errors import WrongSecurity
from service.settings.broker import BrokerSettings

ANSWER_SECONDS = 5.0
"""The client waits for a token within its loop of requests; a group's heartbeat outlasts this."""

LONGEST_ANSWER = 64 * 1024
SHORT_LIFE_SECONDS = 60.0
"""Of a token that does not say how long it lives."""

SHARE_USED = 0.8
"""Of a token's life, before another is asked for."""


def make_tokens(settings: BrokerSettings) -> AbstractTokenProvider | None:
    """The source of tokens that the settings name, if any."""
    if settings.sasl_mechanism != "OAUTHBEARER":
        return None
    if settings.sasl_oauth_token_file is not None:
        return FileTokens(settings.sasl_oauth_token_file)
    return AskedTokens(settings)


class FileTokens(AbstractTokenProvider):  # type: ignore[misc] # untyped library
    """The token in a file, such as a projected service account token of Kubernetes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def token(self) -> str:
        """The token that is there now.

        Raises:
            WrongSecurity: if there is none.
        """
        try:
            return _checked(self._path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            where = f"sasl_oauth_token_file {self._path}"
            raise WrongSecurity(f"expected a token in {where}, found: {error}; correct it") from error


class AskedTokens(AbstractTokenProvider):  # type: ignore[misc] # untyped library
    """Tokens of an authorization server, for client credentials (RFC 6749, section 4.4).

    Each is used for most of its life.
    """

    def __init__(self, settings: BrokerSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = settings.sasl_oauth_token_url or ""
        secret = settings.sasl_oauth_client_secret
        parts = (settings.sasl_oauth_client_id or "", secret.get_secret_value() if secret else "")
        self._client = base64.b64encode(":".join(quote(part, safe="") for part in parts).encode()).decode()
        self._form = {"grant_type": "client_credentials"}
        if settings.sasl_oauth_scope:
            self._form["scope"] = settings.sasl_oauth_scope
        self._clock = clock
        self._token, self._renew_at = "", 0.0

    def token(self) -> str:
        """A token that is valid now.

        Raises:
            WrongSecurity: if the server gives none.
        """
        asked = self._clock()
        if not self._token or asked >= self._renew_at:
            try:
                answer = self._ask()
                self._token = _checked(answer["access_token"])
                self._renew_at = asked + SHARE_USED * float(answer.get("expires_in", SHORT_LIFE_SECONDS))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise WrongSecurity(
                    f"expected a token from sasl_oauth_token_url {self._url}, found: {error!r}; "
                    "check it, and the client's id and secret"
                ) from error
        return self._token

    def _ask(self) -> Any:
        headers = {"Authorization": f"Basic {self._client}", "Accept": "application/json"}
        data = urlencode(self._form).encode()
        request = urllib.request.Request(self._url, data, headers)  # noqa: S310 - https, or http on this machine
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=ANSWER_SECONDS) as response:
                return json.loads(response.read(LONGEST_ANSWER))
        except HTTPError as error:
            with error:
                raise ValueError(f"status {error.code} {error.reason}") from error


def _checked(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("nothing, or more than a token")
    return token


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The secret goes to the address that was set, and to no other."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None
