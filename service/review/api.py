"""The JSON API of the page."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, jsonify, request
from flask_wtf.csrf import CSRFError
from pydantic import BaseModel, ValidationError

from service.record.errors import StreamError
from service.record.image_archive import ArchiveError
from service.record.messages import Source
from service.review.actions import Actions, Refused
from service.review.image_source import ImageGone
from service.review.part_index import ReviewPart
from service.review.part_search import NoSuchPart
from service.review.queue import Filters, build_queue
from service.review.schemas import Answer, Lookup, Undo, neighbour_json, part_json
from service.scoring.image import ImageRejected

SHOWN_PARTS = 200
"""Of the queue, in one response; the page asks again as they are answered."""

SHOWN_KINDS = 40
SHOWN_INPUT = 100
SHOWN_ERRORS = 5

_EXPECTED = {
    "kind": "expected a kind of at most 64 letters, digits, spaces, '.', '_' and '-', the first a letter or digit",
    "part": "expected a part's id, or the coordinates topic/partition/offset of its image",
    "reviewer": "expected the name of the reviewer",
}

_STATUS: dict[type[Exception], int] = {
    NoSuchPart: 404,
    ImageGone: 410,
    Refused: 409,
    ImageRejected: 422,
    StreamError: 503,
    ArchiveError: 503,
}

Body = TypeVar("Body", bound=BaseModel)

_PART = "/parts/<topic>/<partition>/<offset>"


def make_api(actions: Actions, waits_for: Callable[[], str]) -> Blueprint:
    """The page's endpoints; `waits_for` gives why the queue is not complete and fresh, or an empty text."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/queue")
    def queue() -> Response:
        filters = Filters.model_validate({name: value for name, value in request.args.items() if value})
        state = waits_for()
        # Before the parts are read, so that it is never newer than they are.
        passed_over = sum(actions.index.passed_over.values())
        version = f"{actions.index.version}-{passed_over}-{hash(filters)}-{hash(state)}"
        if request.if_none_match.contains(version):
            return Response(status=304)
        response = jsonify(_queue(actions, filters) | {"state": state})
        response.set_etag(version)
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    @api.post("/find")  # POST, so that it needs the CSRF token: a search is work for the brokers
    def find() -> Response:
        return jsonify(parts=[part_json(part) for part in actions.find(_body(Lookup))])

    @api.get(_PART)
    def part(topic: str, partition: str, offset: str) -> Response:
        return jsonify(part_json(actions.part(_source(topic, partition, offset))))

    @api.post(f"{_PART}/review")
    def review(topic: str, partition: str, offset: str) -> Response:
        return jsonify(part_json(actions.review(_source(topic, partition, offset), _body(Answer))))

    @api.post(f"{_PART}/undo")
    def undo(topic: str, partition: str, offset: str) -> Response:
        return jsonify(part_json(actions.undo(_source(topic, partition, offset), _body(Undo))))

    @api.get(f"{_PART}/similar")
    def similar(topic: str, partition: str, offset: str) -> Response:
        found = actions.neighbours(_source(topic, partition, offset))
        return jsonify(has_code=found is not None, parts=[neighbour_json(each) for each in found or ()])

    _add_images(api, actions)
    _add_errors(api)
    return api


def _add_images(api: Blueprint, actions: Actions) -> None:
    @api.get(f"{_PART}/image")
    def image(topic: str, partition: str, offset: str) -> Response:
        return _image(*actions.preview(_source(topic, partition, offset), small=False))

    @api.get(f"{_PART}/thumbnail")
    def thumbnail(topic: str, partition: str, offset: str) -> Response:
        return _image(*actions.preview(_source(topic, partition, offset), small=True))

    @api.get(f"{_PART}/map")
    def anomaly_map(topic: str, partition: str, offset: str) -> Response:
        return _layer(actions.anomaly_map(_source(topic, partition, offset)))

    @api.get(f"{_PART}/unscored")
    def unscored(topic: str, partition: str, offset: str) -> Response:
        return _layer(actions.unscored(_source(topic, partition, offset)))


def _add_errors(api: Blueprint) -> None:
    """Errors become one sentence in JSON."""
    for kind in _STATUS:
        api.register_error_handler(kind, _sentence)
    api.register_error_handler(ValidationError, _invalid)
    api.register_error_handler(CSRFError, _forged)


def _queue(actions: Actions, filters: Filters) -> dict[str, Any]:
    parts = actions.index.parts()
    queued = build_queue(parts, filters)
    return {
        "parts": [part_json(part) for part in queued.parts[:SHOWN_PARTS]],
        "total": len(queued.parts),
        "open": queued.open,
        "done": queued.done,
        **_choices(actions, parts),
    }


def _choices(actions: Actions, parts: list[ReviewPart]) -> dict[str, Any]:
    kinds = Counter(review.kind for review in actions.index.reviews() if review.kind)
    return {
        "streams": sorted({part.verdict.stream for part in parts}),
        "bundles": sorted({part.verdict.bundle for part in parts}),
        "kinds": [kind for kind, _ in kinds.most_common(SHOWN_KINDS)],
        "left_out": actions.index.left_out,
        "passed_over": sum(actions.index.passed_over.values()),
    }


def _source(topic: str, partition: str, offset: str) -> Source:
    try:
        return Source.parse(f"{topic}/{partition}/{offset}")
    except ValueError as error:
        return abort(404, str(error))


def _body(kind: type[Body]) -> Body:
    if not request.is_json:
        abort(415, f"expected a body of content type application/json, found {request.mimetype[:SHOWN_INPUT]!r}")
    return kind.model_validate_json(request.get_data())  # unlike Python's parser, it refuses what is too deep


def _image(content: bytes, media_type: str) -> Response:
    return Response(content, mimetype=media_type, headers={"Cache-Control": "private, max-age=3600"})


def _layer(png: bytes | None) -> Response:
    return Response(status=204) if png is None else _image(png, "image/png")


def _sentence(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), _STATUS[type(error)]


def _invalid(error: ValidationError) -> tuple[Response, int]:
    def clause(each: Any) -> str:
        where = ".".join(str(step) for step in each["loc"])[:SHOWN_INPUT] or "body"
        expected = _EXPECTED.get(where, f"{where}: {each['msg']}")
        return f"{expected}, found {str(each['input'])[:SHOWN_INPUT]!r}"

    return jsonify(error="; ".join(clause(each) for each in error.errors()[:SHOWN_ERRORS])), 400


def _forged(error: CSRFError) -> tuple[Response, int]:
    return jsonify(error=f"{error.description} Load the page again and answer again.", stale=True), 400
