"""The status page, as a WSGI application together with the probes and the metrics."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Response, abort, render_template
from jinja2 import StrictUndefined
from prometheus_client import CollectorRegistry

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.bundles.follower import Refusal
from service.scoring.manifest import Manifest
from service.scoring.map_rendering import OPACITY, overlay, to_png
from service.scoring.scored_words import scored_words
from service.status import MINUTES, Status, StreamStatus
from service.web.headers import harden
from service.web.hosts import check_host
from service.web.probes import add_metrics, add_probes
from service.web.readiness import waits_for
from service.web.text import plain


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
    scored: str
    """What of an image, in words; empty for all of it."""
    refusal: str
    challenger: str
    challenger_refusal: str
    status: StreamStatus
    rate: float
    flagged_share: float
    quiet_seconds: float | None
    bars: list[Bar]


def make_pages(
    registry: CollectorRegistry,
    champions: Champions,
    challengers: Challengers,
    status: Status,
    host: str = "127.0.0.1",
    allowed_hosts: str = "",
) -> Flask:
    """All pages of `linewatch run`, which listen on `host`; see `check_host` for `allowed_hosts`."""
    app = Flask("service.web")
    app.jinja_env.undefined = StrictUndefined  # a name that a page misses is an error, not an empty text
    app.jinja_env.filters["plain"] = plain
    harden(app)
    check_host(app, host, allowed_hosts)
    add_metrics(app, registry)
    add_probes(app, status.hangs, lambda: waits_for(champions, status))

    @app.get("/")
    def home() -> str:
        now = time.time()
        return render_template(
            "status.html",
            cards=_cards(champions, challengers, status, now),
            anomalies=status.anomalies(),
            dead_letters=status.dead_letters,
            waits_for=waits_for(champions, status),
            store_trouble=status.store_trouble,
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

    return app


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
                scored=scored_words(scorer.bundle.manifest.input),
                refusal=_shown(refusals[name]) if name in refusals else "",
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


def _shown(refusal: Refusal) -> str:
    return f"{'The champion is gone' if refusal.is_gone else 'New champion refused'}: {refusal.why}"


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
