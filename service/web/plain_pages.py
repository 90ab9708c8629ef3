"""Pages of a few lines as a WSGI application, without Flask: to import that takes a tenth of the service's start."""

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from service.web.headers import HEADERS, sentence
from service.web.hosts import Names

log = structlog.get_logger(__name__)

METHODS = ("GET", "HEAD", "OPTIONS")


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
        """See `check_host` for `bound_to` and `allowed_hosts`; `others` gives the application for all other paths."""
        self._pages = pages
        self._names = Names(bound_to, allowed_hosts)
        self._others = others

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """As WSGI wants it."""
        path = environ.get("PATH_INFO", "")
        if self._others is not None and path not in self._pages:
            return self._others()(environ, start_response)
        answer = self._answer(path, environ)
        methods = {} if answer.status == HTTPStatus.NOT_FOUND else {"Allow": ", ".join(METHODS)}
        sizes = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
        status = f"{answer.status.value} {answer.status.phrase}"
        start_response(status, [*HEADERS.items(), *sizes.items(), *methods.items()])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

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


def _error(status: HTTPStatus, why: str = "") -> Answer:
    body = json.dumps({"error": why or sentence(status.value)}).encode()
    return Answer(body, "application/json", status)
