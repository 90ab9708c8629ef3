"""The review page, its API and the probes, as a WSGI application."""

from collections.abc import Callable

from flask import Flask, Response, jsonify, render_template, request
from jinja2 import StrictUndefined
from prometheus_client import CollectorRegistry
from werkzeug.exceptions import HTTPException

from service.review.access import control_access
from service.review.actions import Actions
from service.review.api import make_api
from service.web.probes import add_probes


def make_review_pages(
    actions: Actions,
    registry: CollectorRegistry,
    token: str | None,
    reviewer: str,
    waits_for: Callable[[], str],
    hangs: Callable[[], str],
) -> Flask:
    """All pages of the review process.

    Args:
        actions: what the API does.
        registry: the metrics of /metrics.
        token: required for access; None to admit this machine alone, without one.
        reviewer: name of the reviewer; empty to ask for it.
        waits_for: why the index is not complete and fresh, or an empty text.
        hangs: which threads have ended too early, or an empty text.
    """
    app = Flask("service.review")
    app.jinja_env.undefined = StrictUndefined  # a name that a page misses is an error, not an empty text
    control_access(app, token)
    app.register_blueprint(make_api(actions, waits_for))
    add_probes(app, registry, lambda: f"ended: {hangs()}" if hangs() else "", waits_for)

    @app.get("/")
    def home() -> str:
        return render_template("review.html", reviewer=reviewer)

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> tuple[Response, int] | tuple[str, int]:
        if request.path.startswith("/api/"):
            return jsonify(error=str(error.description)), error.code or 500
        return f"{error.description}\n", error.code or 500

    return app
