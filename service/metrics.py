"""Prometheus metrics of the service; their names and labels are a contract with dashboards and alerts."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

OUTCOMES = ("pass", "review", "anomaly", "dead_letter")

# Never changed, so that histograms stay comparable when bundles change. 1.0 of the ratio is the threshold.
ERROR_RATIO_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
P_VALUE_BUCKETS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
STAGE_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
END_TO_END_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """All metrics of one process, in a registry of their own, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._declare_images()
        self._declare_loop()
        self._declare_bundles()
        self._declare_graphs()
        self._declare_drift()
        self._declare_challengers()

    def _declare_images(self) -> None:
        self.images = self._counter(
            "linewatch_images", "Images accounted for: exactly one verdict or dead letter each.", "stream", "outcome"
        )
        self.error_ratio = self._histogram(
            "linewatch_reconstruction_error_ratio",
            "Score divided by the threshold; above 1 is an anomaly.",
            ERROR_RATIO_BUCKETS,
            "stream",
        )
        self.p_value = self._histogram(
            "linewatch_p_value",
            "Conformal p-value; uniform while the process is as calibrated.",
            P_VALUE_BUCKETS,
            "stream",
        )
        self.audits = self._counter("linewatch_audits", "Passes sampled for a person to review.", "stream")
        self.dead_letters = self._counter("linewatch_dead_letters", "Images without a verdict, by reason.", "reason")

    def _declare_loop(self) -> None:
        self.stage = self._histogram(
            "linewatch_stage_seconds",
            "Time in a stage: decode, score and shadow for one image, publish for one batch.",
            STAGE_BUCKETS,
            "stage",
        )
        self.end_to_end = self._histogram(
            "linewatch_end_to_end_seconds", "From captured_at to the verdict committed.", END_TO_END_BUCKETS, "stream"
        )
        self.batch_images = self._histogram("linewatch_batch_images", "Images in one batch.", BATCH_BUCKETS)
        self.lag = self._gauge(
            "linewatch_consumer_lag_records",
            "Log end minus position, of the partitions this replica has.",
            "topic",
            "partition",
        )
        self.partition_stuck = self._gauge(
            "linewatch_partition_stuck",
            "1 while an image of the partition cannot be accounted for; the images behind it wait.",
            "topic",
            "partition",
        )
        self.aborted = self._counter(
            "linewatch_aborted_batches", "Transactions that were aborted; their images are tried again."
        )
        self.last_image = self._gauge(
            "linewatch_last_image_timestamp_seconds",
            "When an image of the stream was last accounted for, Unix time.",
            "stream",
        )

    def _declare_bundles(self) -> None:
        self.unscorable = self._counter(
            "linewatch_unscorable", "Images that a bundle fails on, or scores by no finite number.", "stream", "bundle"
        )
        self.bundle_info = self._gauge(
            "linewatch_bundle_info", "1 for the bundle that decides now.", "stream", "bundle", "autoencoder"
        )
        self.threshold = self._gauge("linewatch_threshold", "The threshold in force.", "stream")
        self.reloads = self._counter(
            "linewatch_bundle_reloads",
            "Champions loaded (result=loaded) or refused (result=refused).",
            "stream",
            "result",
        )
        self.champion_missing = self._gauge(
            "linewatch_champion_missing",
            "1 while the store has no champion that can be used; a bundle loaded before it goes on deciding.",
            "stream",
        )
        self.unlike_fit = self._counter(
            "linewatch_unlike_fit", "Images judged though they are not like those of the fit.", "stream", "what"
        )
        self.store_unreadable = self._gauge(
            "linewatch_store_unreadable", "1 while the store cannot be read or does not answer."
        )

    def _declare_graphs(self) -> None:
        self.loaded_graphs = self._gauge("linewatch_loaded_graphs", "Graphs in memory, of champions and challengers.")
        self.graph_loads = self._counter(
            "linewatch_graph_loads", "Graphs loaded into memory; each once, unless it had to leave for others."
        )

    def _declare_drift(self) -> None:
        self.drift_evidence = self._gauge(
            "linewatch_drift_evidence",
            "Evidence that ordinary parts changed, by the signal, divided by its limit; 1 is an alarm.",
            "stream",
            "sign",
        )
        self.burst_evidence = self._gauge(
            "linewatch_burst_evidence",
            "Evidence of more anomalies than usual, divided by its limit; 1 is an alarm.",
            "stream",
        )
        self.drift_alarms = self._counter(
            "linewatch_drift_alarms",
            "How often the evidence of drift reached its limit, by the signal; it restarts from zero after each.",
            "stream",
            "sign",
        )
        self.burst_alarms = self._counter(
            "linewatch_burst_alarms",
            "How often the evidence of a burst of anomalies reached its limit; it restarts from zero after each.",
            "stream",
        )

    def _declare_challengers(self) -> None:
        self.challenger_info = self._gauge(
            "linewatch_challenger_info",
            "1 for the bundle that judges in the champion's shadow.",
            "stream",
            "bundle",
            "autoencoder",
        )
        self.shadow_decisions = self._counter(
            "linewatch_shadow_decisions",
            "Images that champion and challenger both judged, by what each decided.",
            "stream",
            "champion",
            "challenger",
        )
        self.challenger_error_ratio = self._histogram(
            "linewatch_challenger_error_ratio",
            "The challenger's score divided by its threshold.",
            ERROR_RATIO_BUCKETS,
            "stream",
        )
        self.shadow_paused = self._gauge(
            "linewatch_shadow_paused",
            "1 while the challenger does not judge, because too many images wait or it failed.",
            "stream",
        )
        self.shadow_faults = self._counter(
            "linewatch_shadow_faults", "Challengers refused, or turned off because they failed on an image.", "stream"
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)
