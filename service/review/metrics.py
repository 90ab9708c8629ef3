"""The metrics of the review process."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from service.record.reviews import Review

Open = dict[tuple[str, str], int]
"""(stream, reason for asking) -> parts that wait for a person."""


class ReviewMetrics:
    """All metrics of one review process, in a registry of their own."""

    def __init__(self, count_open: Callable[[], Open], passed_over: Callable[[], dict[str, int]] = dict) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_OpenParts(count_open))
        self.registry.register(_PassedOver(passed_over))
        self._reviews = Counter(
            "linewatch_reviews",
            "Reviews given on this page and acknowledged by the brokers, by label and reason for asking.",
            ["stream", "label", "asked"],
            registry=self.registry,
        )

    def count(self, review: Review) -> None:
        """Count a review that the brokers have acknowledged."""
        self._reviews.labels(review.stream, str(review.label), str(review.asked)).inc()


class _OpenParts(Collector):
    """Counts at each scrape, so that the gauge is never stale."""

    def __init__(self, count_open: Callable[[], Open]) -> None:
        self._count_open = count_open

    def collect(self) -> Iterable[GaugeMetricFamily]:
        found = GaugeMetricFamily(
            "linewatch_review_open", "Parts that wait for a person, by reason for asking.", labels=["stream", "asked"]
        )
        for labels, number in sorted(self._count_open().items()):
            found.add_metric(list(labels), number)
        yield found

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Without this, registering would count the open parts."""
        return ()


class _PassedOver(Collector):
    def __init__(self, passed_over: Callable[[], dict[str, int]]) -> None:
        self._passed_over = passed_over

    def collect(self) -> Iterable[CounterMetricFamily]:
        found = CounterMetricFamily(
            "linewatch_review_passed_over",
            "Records on the topics of verdicts and reviews that hold neither, or values that cannot be.",
            labels=["topic"],
        )
        for topic, number in sorted(self._passed_over().items()):
            found.add_metric([topic], number)
        yield found
