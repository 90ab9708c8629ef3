"""The probes and metrics of every process that serves pages: /live, /ready and /metrics."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from service.web.plain_pages import Answer, Page, PlainPages

if TYPE_CHECKING:  # the probes themselves do without
    from flask import Flask

Why = Callable[[], str]
"""Gives a reason, or nothing."""


def probes(hangs: Why, waits_for: Why) -> dict[str, Page]:
    """The probes by their paths; one that fails is answered with status 503 and the reason.

    Args:
        hangs: why the process should be restarted, or nothing.
        waits_for: why the process cannot do its work yet, or nothing.
    """

    def live(_: WSGIEnvironment) -> Answer:
        why = hangs()
        return _failed(why) if why else Answer(b"live\n")

    def ready(_: WSGIEnvironment) -> Answer:
        why = waits_for()
        return _failed(f"not ready: {why}") if why else Answer(b"ready\n")

    return {"/live": live, "/ready": ready}


def metrics(registry: CollectorRegistry) -> dict[str, Page]:
    """The metrics of a registry, by their path."""

    def encoded(environ: WSGIEnvironment) -> Answer:
        try:
            encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
        except (TypeError, ValueError):  # of a version that is none, such as "1..0"
            encode, content_type = choose_encoder("")
        return Answer(encode(registry), content_type)

    return {"/metrics": encoded}


def make_probes(host: str, allowed_hosts: str, hangs: Why, waits_for: Why) -> WSGIApplication:
    """An application of the probes alone, for a listener that answers whatever becomes of the pages."""
    return PlainPages(probes(hangs, waits_for), host, allowed_hosts)


def add_probes(app: "Flask", hangs: Why, waits_for: Why) -> None:
    """Add the probes to an application; see `probes`."""
    _add(app, probes(hangs, waits_for))


def add_metrics(app: "Flask", registry: CollectorRegistry) -> None:
    """Add /metrics, of a registry, to an application."""
    _add(app, metrics(registry))


def _add(app: "Flask", pages: Mapping[str, Page]) -> None:
    """The name of each is its path."""
    from flask import Response, request  # noqa: PLC0415 - where there is an application, it is loaded

    def view(page: Page) -> Callable[[], Response]:
        def answer() -> Response:
            found = page(request.environ)
            return Response(found.body, found.status, content_type=found.content_type)

        return answer

    for path, page in pages.items():
        app.add_url_rule(path, path.removeprefix("/"), view(page))


def _failed(why: str) -> Answer:
    """A reason may quote what others wrote: it is never markup."""
    return Answer(f"{why}\n".encode(), status=HTTPStatus.SERVICE_UNAVAILABLE)
