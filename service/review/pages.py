"""The review page and what monitors ask for, as a WSGI application."""

from collections.abc import Callable

from flask import Flask, Response, jsonify, render_template, request
from prometheus_client import CollectorRegistry
from werkzeug.exceptions import HTTPException

from service.review.access import guard
from service.review.actions import Actions
from service.review.api import make_api
from service.web.probes import add_probes


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
    add_probes(app, registry, lambda: f"ended: {hangs()}" if hangs() else "", waits_for)

    @app.get("/")
    def home() -> str:
        return render_template("review.html", reviewer=reviewer)

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> tuple[Response, int] | tuple[str, int]:
        if request.path.startswith("/api/"):
            return jsonify(error=str(error.description)), error.code or 500
        return f"{error.description}\n", error.code or 500

    return app
