"""The page and its API, as a WSGI application; guarded as the review page is."""

import hmac
import secrets
import threading
from collections.abc import Callable
from pathlib import PurePath

from flask import Flask, Response, abort, jsonify, render_template, request
from jinja2 import StrictUndefined
from pydantic import ValidationError

from service.scoring.image import ImageRejected
from service.scoring.printable import printable
from service.web.headers import harden
from service.web.hosts import check_host
from service.web.origins import refuse_other_sites
from training.errors import TrainingError
from training.region.session import Drawn, Session

MOST_BODY_BYTES = 16 * 1024 * 1024
"""Of a request: some hours of strokes."""

_PNG = "image/png"


def make_page(session: Session, host: str, saved: Callable[[str], None], closing: threading.Event) -> Flask:
    """The application.

    Args:
        session: what is shown and saved.
        host: the address that it listens on.
        saved: told the command after each time that it was saved.
        closing: set when the page has asked to end, after the answer.
    """
    app = Flask("training.region")
    app.jinja_env.undefined = StrictUndefined  # a name that a page misses is an error, not an empty text
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    harden(app)
    check_host(app, host, "")
    app.before_request(refuse_other_sites)
    token = secrets.token_urlsafe()

    @app.get("/")
    def home() -> str:
        return render_template("region.html", token=token, data=printable(session.data.name))

    @app.get("/api/region")
    def region() -> Response:
        return jsonify(_described(session))

    @app.post("/api/region")
    def save() -> Response:
        if not hmac.compare_digest(request.headers.get("X-CSRFToken", "").encode(), token.encode()):
            abort(403, "expected the token of this page, found another; open the page anew")
        if not request.is_json:
            abort(415, "expected a body of content type application/json, found another")
        drawn = Drawn.model_validate_json(request.get_data())
        command, share = session.save(drawn)
        saved(command)
        response = jsonify(command=command, ignored_share=share)
        if drawn.close:
            response.call_on_close(closing.set)
        return response

    _add_pictures(app, session)
    _add_errors(app)
    return app


def _add_pictures(app: Flask, session: Session) -> None:
    @app.get("/mean.png")
    def mean() -> Response:
        return Response(session.mean(), mimetype=_PNG)

    @app.get("/spread.png")
    def spread() -> Response:
        return Response(session.spread(), mimetype=_PNG)

    @app.get("/images/<int:place>.png")
    def image(place: int) -> Response:
        try:
            return Response(session.image(place), mimetype=_PNG)
        except IndexError:
            return abort(404)

    @app.get("/layers/<name>.png")
    def layer(name: str) -> Response:
        if name not in session.layers:
            abort(404)
        return Response(session.layer(name), mimetype=_PNG)


def _add_errors(app: Flask) -> None:
    """Errors become one sentence in JSON."""

    @app.errorhandler(TrainingError)
    def refused(error: TrainingError) -> tuple[Response, int]:
        return jsonify(error=printable(str(error))), 409

    @app.errorhandler(ImageRejected)
    @app.errorhandler(OSError)
    def unreadable(error: Exception) -> tuple[Response, int]:
        return jsonify(error=printable(f"expected the image to be there still, found: {error}")), 410

    @app.errorhandler(KeyError)
    def no_such_layer(_: KeyError) -> tuple[Response, int]:
        return jsonify(error="expected a layer that this page has, found another; load the page again"), 400

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> tuple[Response, int]:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:100] or "body"
        return jsonify(error=f"{where}: {first['msg']}, found {str(first['input'])[:100]!r}"), 400


def _described(session: Session) -> dict[str, object]:
    chosen, suggestion = session.chosen, session.suggestion
    return {
        "width": chosen.width,
        "height": chosen.height,
        "images": [printable(PurePath(image.path).name) for image in chosen.images],
        "found": chosen.found,
        "of_other_sizes": chosen.of_other_sizes,
        "has_saved": session.saved_mask is not None,
        "roi": session.start_roi and session.start_roi.model_dump(),
        "suggestion": {
            "areas": [{"name": area.name, "why": area.why, "share": area.share} for area in suggestion.areas],
            "roi": suggestion.roi and suggestion.roi.model_dump(),
            "why_roi": suggestion.why_roi,
            "why_none": suggestion.why_none,
        },
    }
