"""An HTTP connection to the receiver that is kept open, gives each answer a deadline and follows no redirect."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from service.follow.lines import one_line
from service.follow.webhook.address import Address
from service.follow.webhook.answer import Answer, read_wish
from service.threads import in_background

MOST_READ_BYTES = 64 * 1024
"""Of an answer: what is larger costs the connection."""

_SHOWN = 200


class Connection:
    """Posts one body after the other to one address; belongs to one thread."""

    def __init__(self, address: Address, timeout_seconds: float, tls: ssl.SSLContext) -> None:
        """`timeout_seconds` are for a whole try, from the look-up of the name to the last byte of the answer."""
        self._address = address
        self._seconds = timeout_seconds
        self._tls = tls
        self._open: _Wire | None = None

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """One try; whatever happens is an answer, at the latest after the timeout."""
        wire = self._open or _Wire(self._address, self._seconds, self._tls)
        self._open = wire
        outcome = in_background(partial(wire.post, headers, body), "webhook")
        try:
            answer = outcome.result(self._seconds)
        except TimeoutError:
            answer = Answer(None, _too_late(self._seconds))
            wire.give_up()
        if wire.is_closed:
            self._open = None
        return answer

    def give_up(self) -> None:
        """Have a try in progress fail; for another thread than the one that posts."""
        if (wire := self._open) is not None:
            wire.give_up()

    def close(self) -> None:
        """Close the connection between two tries."""
        if self._open is not None:
            self._open.close()


class _Wire:
    """One connection, from the first try until it is closed."""

    def __init__(self, address: Address, timeout_seconds: float, tls: ssl.SSLContext) -> None:
        self._target = address.target
        self._seconds = timeout_seconds
        self._client = (
            http.client.HTTPSConnection(address.host, address.port, timeout=timeout_seconds, context=tls)
            if address.is_secure
            else http.client.HTTPConnection(address.host, address.port, timeout=timeout_seconds)
        )
        self._client.auto_open = 0  # a connection that was given up stays so
        self.is_closed = False

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        is_fresh = self._client.sock is None
        try:
            try:
                return self._post(headers, body)
            except (ConnectionError, http.client.RemoteDisconnected):
                if is_fresh or self.is_closed:
                    raise
                self._client.close()  # the receiver closed it while it was idle, as servers do
                return self._post(headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Answer(None, _too_late(self._seconds) if isinstance(error, TimeoutError) else _explained(error))

    def _post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._client.sock is None:
            self._client.connect()
            if self.is_closed:  # nobody waits for it any more, and a later verdict may be on its way
                self._client.close()
                raise ConnectionAbortedError("given up")
        self._client.request("POST", self._target, body, dict(headers))
        response = self._client.getresponse()
        text = response.read(MOST_READ_BYTES)
        if not response.isclosed() or response.will_close:
            self._client.close()
        wish = read_wish(response.headers.get("Retry-After"), datetime.now(UTC))
        return Answer(response.status, _described(response, text), wish)

    def give_up(self) -> None:
        self.is_closed = True
        if (sock := self._client.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it, which closes it

    def close(self) -> None:
        self.is_closed = True
        self._client.close()


def _described(response: http.client.HTTPResponse, text: bytes) -> str:
    status = f"status {response.status} {one_line(response.reason)}".rstrip()
    if 300 <= response.status < 400:  # noqa: PLR2004 - the class of redirects
        where = one_line(response.headers.get("Location") or "")[:_SHOWN]
        return f"{status} to {where!r}, which is not followed; give --webhook the receiver's own address"
    said = one_line(" ".join(text[: 4 * _SHOWN].decode(errors="replace").split()))[:_SHOWN]
    return f"{status}: {said}" if said else status


def _too_late(seconds: float) -> str:
    return f"no answer within {seconds:g} seconds"


def _explained(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}; trust its authority with SSL_CERT_FILE"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it hung up without an answer"
    if isinstance(error, http.client.HTTPException):
        return f"no answer in HTTP ({type(error).__name__}); is there another program?"
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)
