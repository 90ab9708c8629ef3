"""The metrics of `linewatch follow --webhook`."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from service.follow.webhook.answer import Answer
from service.record.messages import VerdictMessage

BUCKETS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


class WebhookMetrics:
    """All metrics of one process that sends verdicts, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._verdicts = Counter(
            "linewatch_webhook_verdicts",
            "Verdicts that the receiver took, or refused for good.",
            ["outcome"],
            registry=self.registry,
        )
        self._retries = Counter(
            "linewatch_webhook_retries",
            "Tries that failed and are made again, by the answer's status; none where there was no answer.",
            ["status"],
            registry=self.registry,
        )
        self._delay = Histogram(
            "linewatch_webhook_delay_seconds",
            "From the verdict until the receiver took it.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        for outcome in ("delivered", "refused"):
            self._verdicts.labels(outcome)

    def delivered(self, verdict: VerdictMessage) -> None:
        """The receiver took a verdict."""
        self._verdicts.labels("delivered").inc()
        self._delay.observe(max(0.0, age_seconds(verdict)))

    def refused(self) -> None:
        """The receiver refused a verdict, which is passed over."""
        self._verdicts.labels("refused").inc()

    def failed(self, answer: Answer) -> None:
        """A try failed, and will be made again."""
        self._retries.labels("none" if answer.status is None else str(answer.status)).inc()

    def watch(self, lag: Callable[[], dict[tuple[str, int], int]], oldest: Callable[[], float]) -> None:
        """Export what waits, counted at each scrape."""
        self.registry.register(_Waiting(lag, oldest))


class _Waiting(Collector):
    def __init__(self, lag: Callable[[], dict[tuple[str, int], int]], oldest: Callable[[], float]) -> None:
        self._lag = lag
        self._oldest = oldest

    def collect(self) -> Iterable[GaugeMetricFamily]:
        lag = GaugeMetricFamily(
            "linewatch_webhook_lag_records",
            "Records of the topic of verdicts that wait, of this replica's partitions.",
            labels=["topic", "partition"],
        )
        for (topic, partition), number in sorted(self._lag().items()):
            lag.add_metric([topic, str(partition)], number)
        yield lag
        yield GaugeMetricFamily(
            "linewatch_webhook_oldest_seconds",
            "Age of the oldest verdict that is being sent; 0 where none is.",
            value=self._oldest(),
        )

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Without this, registering would count."""
        return ()


def age_seconds(verdict: VerdictMessage) -> float:
    """How long ago a verdict was made, by this machine's clock."""
    return (datetime.now(UTC) - verdict.scored_at).total_seconds()
