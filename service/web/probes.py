"""The probes and metrics of every process that serves pages: /live, /ready and /metrics."""

from collections.abc import Callable

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder


def add_probes(app: Flask, registry: CollectorRegistry, hangs: Callable[[], str], waits_for: Callable[[], str]) -> None:
    """Add the endpoints to an application; a probe that fails is answered with status 503 and the reason.

    Args:
        app: the pages of the process.
        registry: the metrics of the process.
        hangs: why the process should be restarted, or nothing.
        waits_for: why the process cannot do its work yet, or nothing.
    """

    @app.get("/live")
    def live() -> tuple[str, int]:
        why = hangs()
        return (f"{why}\n", 503) if why else ("live\n", 200)

    @app.get("/ready")
    def ready() -> tuple[str, int]:
        why = waits_for()
        return (f"not ready: {why}\n", 503) if why else ("ready\n", 200)

    @app.get("/metrics")
    def metrics() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)
