"""The probes and metrics of every process that serves pages: /live, /ready and /metrics."""

from collections.abc import Callable

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from service.web.headers import harden
from service.web.hosts import check_host

Why = Callable[[], str]
"""Gives a reason, or nothing."""


def add_probes(app: Flask, hangs: Why, waits_for: Why) -> None:
    """Add the probes to an application; one that fails is answered with status 503 and the reason.

    Args:
        app: the application.
        hangs: why the process should be restarted, or nothing.
        waits_for: why the process cannot do its work yet, or nothing.
    """

    @app.get("/live")
    def live() -> tuple[str, int, dict[str, str]]:
        why = hangs()
        return (f"{why}\n", 503, _TEXT) if why else ("live\n", 200, _TEXT)

    @app.get("/ready")
    def ready() -> tuple[str, int, dict[str, str]]:
        why = waits_for()
        return (f"not ready: {why}\n", 503, _TEXT) if why else ("ready\n", 200, _TEXT)


def add_metrics(app: Flask, registry: CollectorRegistry) -> None:
    """Add /metrics, of a registry, to an application."""

    @app.get("/metrics")
    def metrics() -> Response:
        try:
            encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        except (TypeError, ValueError):  # of a version that is none, such as "1..0"
            encode, content_type = choose_encoder("")
        return Response(encode(registry), content_type=content_type)


def make_probes(host: str, allowed_hosts: str, hangs: Why, waits_for: Why) -> Flask:
    """An application of the probes alone, for a listener that answers whatever becomes of the pages."""
    app = Flask("service.web.probes", static_folder=None)
    harden(app)
    check_host(app, host, allowed_hosts)
    add_probes(app, hangs, waits_for)
    return app


_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
"""A reason may quote what others wrote: it is never markup."""
