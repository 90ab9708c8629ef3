"""The composition root of `linewatch review`: its page, and the threads behind it."""

import threading
from contextlib import ExitStack
from functools import partial

import structlog

from service.environment.cores import usable_cores
from service.record.clients import WRITE_SECONDS, check_security, make_writer
from service.record.image_archive import Archive
from service.record.topic_reader import TopicReader
from service.review.access import Access
from service.review.actions import Actions
from service.review.audit_archiver import AuditArchiver
from service.review.image_source import ImageSource
from service.review.metrics import ReviewMetrics
from service.review.part_index import PartIndex
from service.review.part_search import SEARCH_SECONDS, PartSearch
from service.review.quality_metrics import export
from service.review.queue import count_open
from service.review.rescorer import Rescorer
from service.review.review_page import make_review_pages
from service.review.review_writer import ReviewWriter
from service.review.similar import SimilarParts
from service.review.topic_follower import TopicFollower
from service.scoring.image import ImageLimits
from service.settings.review import ReviewSettings
from service.signals import stop_on_signal
from service.threads import Stopped, until_stopped
from service.web.probes import Why, make_probes
from service.web.server import serving, serving_probes

log = structlog.get_logger(__name__)

WAKE_SECONDS = 1.0
"""The system may deliver a signal to any thread, and Python handles it when the main one wakes."""


def review(settings: ReviewSettings) -> None:
    """Serve the review page until SIGTERM or SIGINT.

    Raises:
        WrongSecurity: if certificates or the like cannot be used.
        StreamError: if the brokers or topics cannot be used.
        PortTaken: if the page cannot be served.
    """
    check_security(settings)
    index = PartIndex()
    metrics = ReviewMetrics(lambda: count_open(index.parts()), lambda: index.passed_over)
    export(metrics.registry, index.rates)
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    with ExitStack() as resources:
        stop = resources.enter_context(stop_on_signal())
        reviews = TopicFollower(settings, settings.reviews_topic, index.read_review)
        # After the reviews, so that nobody is asked again about a part that was answered before the start.
        followers = [reviews, TopicFollower(settings, settings.verdicts_topic, index.read_verdict, after=reviews)]
        try:
            threads = until_stopped(
                lambda: [resources.enter_context(follower.following(stop)) for follower in followers],
                stop,
                "connecting",
            )
        except Stopped:
            log.info("stopped before the brokers answered")
            return
        archive, impatient = Archive(settings.archive), _impatient(settings)
        open_reader = partial(TopicReader, impatient, settings.images_topic)
        for_people, for_archive = ImageSource(archive, open_reader), ImageSource(archive, open_reader)
        writer = ReviewWriter(partial(make_writer, impatient), settings.reviews_topic)
        for each in (for_people, for_archive, writer):
            resources.callback(each.close)
        archiver = AuditArchiver(index, for_archive, settings.review_days)
        threads.append(resources.enter_context(archiver.archiving(stop)))
        rescorer = Rescorer(settings.store, limits, settings.score_threads or usable_cores())
        actions = Actions(
            index=index,
            search=PartSearch(
                partial(TopicReader, impatient, settings.verdicts_topic, SEARCH_SECONDS), settings.review_days
            ),
            images=for_people,
            rescorer=rescorer,
            similar=SimilarParts(index, for_people, rescorer),
            writer=writer,
            metrics=metrics,
            limits=limits,
        )
        _serve_pages(settings, actions, metrics, partial(_hangs, threads), partial(_waits_for, followers), resources)
        while not stop.wait(WAKE_SECONDS):
            pass
    log.info("stopped: every review that was confirmed is on its topic")


def _serve_pages(
    settings: ReviewSettings,
    actions: Actions,
    metrics: ReviewMetrics,
    hangs: Why,
    waits_for: Why,
    resources: ExitStack,
) -> None:
    host, allowed = settings.review_host, settings.allowed_hosts
    probes = make_probes(host, allowed, hangs, waits_for)
    probe_port = resources.enter_context(serving_probes(probes, host, settings.probe_port, settings.review_port))
    pages = make_review_pages(
        actions,
        metrics.registry,
        Access(
            (settings.review_token.get_secret_value() or None) if settings.review_token else None,
            host,
            allowed,
        ),
        settings.reviewer,
        waits_for=waits_for,
        hangs=hangs,
    )
    port = resources.enter_context(
        serving(pages, host, settings.review_port, "review_port", trusted_proxy=settings.review_proxy)
    )
    log.info("review page served", host=host, port=port, probe_port=probe_port)


def _hangs(threads: list[threading.Thread]) -> str:
    ended = ", ".join(thread.name for thread in threads if not thread.is_alive())
    return f"ended: {ended}" if ended else ""


def _follow_all(followers: list[TopicFollower], stop: threading.Event, resources: ExitStack) -> list[threading.Thread]:
    return [resources.enter_context(follower.following(stop)) for follower in followers]


def _impatient(settings: ReviewSettings) -> ReviewSettings:
    """Settings for requests of a person, who waits: brokers that do not answer soon count as away."""
    seconds = min(settings.bootstrap_timeout_seconds, WRITE_SECONDS)
    return settings.model_copy(update={"bootstrap_timeout_seconds": seconds})


def _waits_for(followers: list[TopicFollower]) -> str:
    errors = "; ".join(follower.error for follower in followers if follower.error)
    return errors or ("" if all(follower.caught_up for follower in followers) else "still reading the topics")
