"""The status page, as a WSGI application together with the probes and the metrics."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Response, abort, render_template
from jinja2 import StrictUndefined
from prometheus_client import CollectorRegistry

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.scoring.manifest import Manifest
from service.scoring.map_rendering import OPACITY, overlay, to_png
from service.status import MINUTES, Status, StreamStatus
from service.web.probes import add_probes

CONTENT_SECURITY_POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'"


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute of a stream in its chart, in percent of the height; `x` in minutes from the left."""

    x: int
    images: float
    not_passed: float
    anomalies: float


@dataclass(frozen=True, slots=True)
class Card:
    """One stream on the status page."""

    name: str
    bundle: str
    manifest: Manifest
    refusal: str
    challenger: str
    challenger_refusal: str
    status: StreamStatus
    rate: float
    flagged_share: float
    quiet_seconds: float | None
    bars: list[Bar]


def make_pages(registry: CollectorRegistry, champions: Champions, challengers: Challengers, status: Status) -> Flask:
    """All pages of `linewatch run`."""
    app = Flask("service.web")
    app.jinja_env.undefined = StrictUndefined  # a name that a page misses is an error, not an empty text

    add_probes(
        app,
        registry,
        hangs=lambda: "the main loop hangs" if status.stale else "",
        waits_for=lambda: _waits_for(champions, status),
    )

    @app.get("/")
    def home() -> str:
        now = time.time()
        return render_template(
            "status.html",
            cards=_cards(champions, challengers, status, now),
            anomalies=status.anomalies(),
            dead_letters=status.dead_letters,
            waits_for=_waits_for(champions, status),
            minutes=MINUTES,
            now=datetime.fromtimestamp(now, UTC),
        )

    @app.get("/anomalies/<anomaly_id>/<view>.png")
    def picture(anomaly_id: str, view: str) -> Response:
        found = next((anomaly for anomaly in status.anomalies() if anomaly.id == anomaly_id), None)
        if found is None or view not in ("image", "overlay"):
            abort(404)
        strength = 0.0 if view == "image" else OPACITY
        png = to_png(overlay(found.pixels, found.anomaly_map, found.pixel_threshold, strength))
        return Response(png, mimetype="image/png", headers={"Cache-Control": "private, max-age=3600"})

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _waits_for(champions: Champions, status: Status) -> str:
    """Why the service does not take images yet, or nothing."""
    if not champions.all():
        refusals = "; ".join(refusal.why for refusal in champions.refusals().values())
        return refusals or "no stream has a champion in the store yet"
    return "" if status.in_group else "not yet in the consumer group"


def _cards(champions: Champions, challengers: Challengers, status: Status, now: float) -> list[Card]:
    refusals = champions.refusals()
    shadowing, challenger_refusals = challengers.all(), challengers.refusals()
    cards = []
    for name, scorer in champions.all().items():
        stream = status.stream(name)
        cards.append(
            Card(
                name=name,
                bundle=scorer.bundle.id,
                manifest=scorer.bundle.manifest,
                refusal=refusals[name].why if name in refusals else "",
                challenger=shadowing[name].bundle.id if name in shadowing else "",
                challenger_refusal=challenger_refusals[name].why if name in challenger_refusals else "",
                status=stream,
                rate=stream.rate(now),
                flagged_share=stream.anomalies / stream.images if stream.images else 0.0,
                quiet_seconds=now - stream.last_image if stream.images else None,
                bars=_bars(stream, now),
            )
        )
    return cards


def _bars(stream: StreamStatus, now: float) -> list[Bar]:
    most = max((minute.images for minute in stream.minutes), default=1) or 1
    first = int(now // 60) - MINUTES + 1
    return [
        Bar(
            x=minute.number - first,
            images=100.0 * minute.images / most,
            not_passed=100.0 * (minute.reviews + minute.anomalies) / most,
            anomalies=100.0 * minute.anomalies / most,
        )
        for minute in stream.minutes
        if minute.number >= first
    ]
