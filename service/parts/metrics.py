"""Prometheus metrics of `linewatch parts`; their names and labels are a contract with dashboards and alerts."""

import time
from collections.abc import Mapping, Sequence

from kafka import TopicPartition
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from service.metrics import END_TO_END_BUCKETS
from service.parts.partition import PassedOver, Pending


class PartsMetrics:
    """All metrics of the process. What is counted was committed, and each once."""

    def __init__(self, views: Sequence[str]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.parts = self._counter("linewatch_parts", "Part verdicts, by decision and why.", "decision", "closing")
        self.missing = self._counter("linewatch_part_views_missing", "Views that a part verdict does without.", "view")
        self.late = self._counter(
            "linewatch_part_views_late", "Views that came when their part had its verdict.", "view", "decision"
        )
        self.repeated = self._counter(
            "linewatch_part_views_repeated", "Views that came again while their part was open.", "view"
        )
        self.passed_over = self._counter(
            "linewatch_part_records_passed_over", "Records on the topic of verdicts that are of no part.", "why"
        )
        self.end_to_end = Histogram(
            "linewatch_part_end_to_end_seconds",
            "From the first captured_at of a part to its verdict committed.",
            buckets=END_TO_END_BUCKETS,
            registry=self.registry,
        )
        self.open = Gauge("linewatch_parts_open", "Parts that wait for views.", registry=self.registry)
        self.aborted = self._counter("linewatch_part_batches_aborted", "Transactions that were aborted and made anew.")
        self.lag = Gauge(
            "linewatch_consumer_lag_records",
            "Log end minus position, of the partitions this replica has.",
            ["topic", "partition"],
            registry=self.registry,
        )
        self._lagging: set[TopicPartition] = set()
        for view in views:  # from 0, so that increase() counts the first of each
            self.missing.labels(view)
            self.repeated.labels(view)
        for why in PassedOver:
            self.passed_over.labels(why)

    def count(self, committed: Pending) -> None:
        """Count what was committed."""
        now = time.time()
        for _, verdict in committed.closed:
            self.parts.labels(verdict.decision, verdict.closing).inc()
            self.end_to_end.observe(max(0.0, now - verdict.first_captured_at.timestamp()))
            for stream in verdict.missing:
                self.missing.labels(stream).inc()
        for view in committed.late:
            self.late.labels(view.stream, view.decision).inc()
        for view in committed.repeated:
            self.repeated.labels(view.stream).inc()
        for why in committed.passed_over:
            self.passed_over.labels(why).inc()

    def show_lag(self, lag: Mapping[TopicPartition, int]) -> None:
        """Show how many records wait, by partition; those of no partition that is no longer here."""
        for partition in self._lagging - lag.keys():
            self.lag.remove(partition.topic, str(partition.partition))
        for partition, records in lag.items():
            self.lag.labels(partition.topic, str(partition.partition)).set(records)
        self._lagging = set(lag)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)
