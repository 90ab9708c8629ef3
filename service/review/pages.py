"""The review page and what monitors ask for, as a WSGI application."""

from collections.abc import Callable

from flask import Flask, Response, jsonify, render_template, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from werkzeug.exceptions import HTTPException

from service.review.access import guard
from service.review.actions import Actions
from service.review.api import make_api


def make_review_pages(
    desk: Actions,
    registry: CollectorRegistry,
    token: str | None,
    reviewer: str,
    waits_for: Callable[[], str],
    hangs: Callable[[], str],
) -> Flask:
    """All pages of the review process.

    Args:
        desk: does what is asked.
        registry: what /metrics tells.
        token: what one must show to come in; None for nothing.
        reviewer: who reviews; empty to ask.
        waits_for: what keeps the view from being complete and fresh, or nothing.
        hangs: which part of the process has ended that should not have, or nothing.
    """
    app = Flask("service.review")
    guard(app, token)
    app.register_blueprint(make_api(desk, waits_for))

    @app.get("/")
    def home() -> str:
        return render_template("review.html", reviewer=reviewer)

    @app.get("/live")
    def live() -> tuple[str, int]:
        return (f"ended: {hangs()}\n", 503) if hangs() else ("live\n", 200)

    @app.get("/ready")
    def ready() -> tuple[str, int]:
        return (f"not ready: {waits_for()}\n", 503) if waits_for() else ("ready\n", 200)

    @app.get("/metrics")
    def metrics() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> tuple[Response, int] | tuple[str, int]:
        if request.path.startswith("/api/"):
            return jsonify(error=str(error.description)), error.code or 500
        return f"{error.description}\n", error.code or 500

    return app
