"""The review page, its API and the probes, as a WSGI application."""

from flask import Flask, render_template
from jinja2 import StrictUndefined
from prometheus_client import CollectorRegistry

from service.review.access import Access, control_access
from service.review.actions import Actions
from service.review.api import make_api
from service.web.headers import harden
from service.web.probes import Why, add_metrics, add_probes


def make_review_pages(
    actions: Actions,
    registry: CollectorRegistry,
    access: Access,
    reviewer: str,
    waits_for: Why,
    hangs: Why,
) -> Flask:
    """All pages of the review process.

    Args:
        actions: what the API does.
        registry: the metrics of /metrics.
        access: who may see and do what.
        reviewer: name of the reviewer; empty to ask for it.
        waits_for: why the index is not complete and fresh, or an empty text.
        hangs: why the process should be restarted, or an empty text.
    """
    app = Flask("service.review")
    app.jinja_env.undefined = StrictUndefined  # a name that a page misses is an error, not an empty text
    harden(app)
    control_access(app, access)
    app.register_blueprint(make_api(actions, waits_for))
    add_metrics(app, registry)
    add_probes(app, hangs, waits_for)

    @app.get("/")
    def home() -> str:
        return render_template("review.html", reviewer=reviewer)

    return app
