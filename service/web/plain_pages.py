"""Pages of a few lines as a WSGI application, without Flask: to import that takes a tenth of the service's start."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from service.web.headers import HEADERS, sentence
from service.web.hosts import Names

log = structlog.get_logger(__name__)

METHODS = ("GET", "HEAD", "OPTIONS")

LOADING = "expected to show a page, found that the pages are still being loaded; ask again in a second"


class Answer(NamedTuple):
    """What a request is answered with."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


Page = Callable[[WSGIEnvironment], Answer]


class PlainPages:
    """Answers the paths that it knows, and hands others on; errors are sentences in JSON, as those of all our pages."""

    def __init__(
        self,
        pages: Mapping[str, Page],
        bound_to: str,
        allowed_hosts: str,
        others: Callable[[], WSGIApplication] | None = None,
    ) -> None:
        """See `check_host` for `bound_to` and `allowed_hosts`.

        `others` makes the application for all other paths, when one is first asked for. Who asks meanwhile is told to
        ask again: if many waited, there would be nobody left to answer the paths that are known.
        """
        self._pages = pages
        self._names = Names(bound_to, allowed_hosts)
        self._make_others = others
        self._others: WSGIApplication | None = None
        self._making = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """As WSGI wants it."""
        path = environ.get("PATH_INFO", "")
        if self._make_others is not None and path not in self._pages:
            others = self._made(self._make_others)
            return (others or self._busy)(environ, start_response)
        return _respond(self._answer(path, environ), environ, start_response)

    def _made(self, make: Callable[[], WSGIApplication]) -> WSGIApplication | None:
        """The other application, or None while somebody else has it made."""
        if self._others is None and self._making.acquire(blocking=False):
            try:
                self._others = self._others or make()
            finally:
                self._making.release()
        return self._others

    def _busy(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _respond(_error(HTTPStatus.SERVICE_UNAVAILABLE, LOADING), environ, start_response)

    def _answer(self, path: str, environ: WSGIEnvironment) -> Answer:
        if why := self._names.refusal(environ):
            return _error(HTTPStatus.FORBIDDEN, why)
        if path not in self._pages:
            return _error(HTTPStatus.NOT_FOUND)
        if environ["REQUEST_METHOD"] not in METHODS:
            return _error(HTTPStatus.METHOD_NOT_ALLOWED)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return Answer(b"")
        try:
            return self._pages[path](environ)
        except Exception:
            log.exception("a page failed", path=path)
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR)


def _respond(answer: Answer, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    headers = {**HEADERS, "Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED or environ["REQUEST_METHOD"] == "OPTIONS":
        headers["Allow"] = ", ".join(METHODS)
    start_response(f"{answer.status.value} {answer.status.phrase}", list(headers.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]


def _error(status: HTTPStatus, why: str = "") -> Answer:
    body = json.dumps({"error": why or sentence(status.value)}).encode()
    return Answer(body, "application/json", status)
