"""Escape rate, false-alarm rate and audits as metrics of the review process."""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from service.quality.rates import Rates, Share


def export(registry: CollectorRegistry, rates: Callable[[], Sequence[Rates]]) -> None:
    """Add the rates to a registry; they are computed at every scrape, so that none is ever stale.

    Args:
        registry: of the process that exports them.
        rates: called in the thread of each scrape.
    """
    registry.register(_Exported(rates))


class _Exported(Collector):
    def __init__(self, rates: Callable[[], Sequence[Rates]]) -> None:
        self._rates = rates

    def collect(self) -> Iterable[GaugeMetricFamily]:
        escape, false_alarm, audits = self.describe()
        for each in self._rates():
            _add(escape, each, each.escape)
            _add(false_alarm, each, each.false_alarm)
            audits.add_metric([each.stream, each.bundle, "drawn"], each.passed.asked)
            audits.add_metric([each.stream, each.bundle, "answered"], each.passed.answered)
        return escape, false_alarm, audits

    def describe(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
        """The metrics without any value; with this, registering does not compute the rates."""
        return (
            GaugeMetricFamily(
                "linewatch_escape_rate",
                "Share of passes that are defects, from the answered audits, with its exact 95 % interval.",
                labels=["stream", "bundle", "bound"],
            ),
            GaugeMetricFamily(
                "linewatch_false_alarm_rate",
                "Share of good parts that are flagged, from all reviews, with an interval of at least 95 %.",
                labels=["stream", "bundle", "bound"],
            ),
            GaugeMetricFamily(
                "linewatch_audited_parts",
                "Passes sampled as audits, and of these the answered ones.",
                labels=["stream", "bundle", "state"],
            ),
        )


def _add(family: GaugeMetricFamily, rates: Rates, share: Share | None) -> None:
    if share is not None:
        for bound, value in (("low", share.low), ("estimate", share.estimate), ("high", share.high)):
            family.add_metric([rates.stream, rates.bundle, bound], value)
