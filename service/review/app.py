"""The composition root of `linewatch review`."""

import threading
from collections import Counter
from contextlib import ExitStack
from functools import partial

import cv2
import structlog

from service.record.archive import Archive
from service.record.clients import WRITE_SECONDS, make_writer
from service.record.topic_reader import TopicReader
from service.review.actions import Actions
from service.review.audit_archiver import AuditArchiver
from service.review.image_source import Images
from service.review.metrics import Open, ReviewMetrics
from service.review.pages import make_review_pages
from service.review.part_index import PartIndex
from service.review.part_search import LOOK_SECONDS, Finder
from service.review.quality_metrics import export
from service.review.rescorer import Rescorer
from service.review.review_writer import ReviewWriter
from service.review.similar import Codes
from service.review.topic_follower import Tail
from service.scoring.image import ImageLimits
from service.settings import Settings
from service.signals import stop_on_signal
from service.web.server import serving

log = structlog.get_logger(__name__)


def review(settings: Settings) -> None:
    """Serve the review page until SIGTERM or SIGINT.

    Raises:
        StreamError: if the brokers or topics cannot be used.
        PortTaken: if the page cannot be served.
    """
    cv2.setNumThreads(1)
    view = PartIndex()
    metrics = ReviewMetrics(lambda: count_open(view))
    export(metrics.registry, view.rates)
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    with ExitStack() as parts:
        stop = parts.enter_context(stop_on_signal())
        reviews = Tail(settings, settings.reviews_topic, view.take_review)
        # After the reviews, so that nobody is asked again what was answered before the start.
        tails = [reviews, Tail(settings, settings.verdicts_topic, view.take_verdict, after=reviews)]
        threads = [parts.enter_context(tail.following(stop)) for tail in tails]
        archive, quick = Archive(settings.archive), _impatient(settings)
        open_reader = partial(TopicReader, quick, settings.images_topic)
        for_people, for_archive = Images(archive, open_reader), Images(archive, open_reader)
        writer = ReviewWriter(partial(make_writer, quick), settings.reviews_topic)
        for each in (for_people, for_archive, writer):
            parts.callback(each.close)
        threads.append(parts.enter_context(AuditArchiver(view, for_archive, settings.review_days).archiving(stop)))
        rescorer = Rescorer(settings.store, limits, settings.score_threads)
        finder = Finder(partial(TopicReader, quick, settings.verdicts_topic, LOOK_SECONDS), settings.review_days)
        desk = Actions(view, for_people, rescorer, Codes(), writer, metrics, limits, threading.Lock(), finder)
        pages = make_review_pages(
            desk,
            metrics.registry,
            (settings.review_token.get_secret_value() or None) if settings.review_token else None,
            settings.reviewer,
            waits_for=lambda: _waits_for(tails),
            hangs=lambda: ", ".join(thread.name for thread in threads if not thread.is_alive()),
        )
        port = parts.enter_context(serving(pages, settings.review_host, settings.review_port, "review_port"))
        log.info("review page served", host=settings.review_host, port=port)
        stop.wait()
    log.info("stopped: every review that was confirmed is on its topic")


def _impatient(settings: Settings) -> Settings:
    """A person waits: brokers that do not answer soon count as away."""
    quick = min(settings.bootstrap_timeout_seconds, WRITE_SECONDS)
    return settings.model_copy(update={"bootstrap_timeout_seconds": quick})


def count_open(view: PartIndex) -> Open:
    """How many parts wait for a person, by stream and why they are asked; 0 where all are done."""
    found: Counter[tuple[str, str]] = Counter()
    for part in view.parts():
        found[part.verdict.stream, str(part.asked)] += part.review is None
    return dict(found)


def _waits_for(tails: list[Tail]) -> str:
    faults = "; ".join(tail.fault for tail in tails if tail.fault)
    return faults or ("" if all(tail.caught_up for tail in tails) else "still reading the topics")
