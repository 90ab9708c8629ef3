"""Prometheus metrics of the service; their names and labels are a contract with dashboards and alerts."""

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
    """All metrics of one process, in one registry of their own (tests make a fresh one each)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.images = Counter(
            "linewatch_images",
            "Images accounted for: exactly one verdict or dead letter each.",
            ["stream", "outcome"],
            registry=self.registry,
        )
        self.error_ratio = Histogram(
            "linewatch_reconstruction_error_ratio",
            "Score divided by the threshold; above 1 is an anomaly.",
            ["stream"],
            buckets=ERROR_RATIO_BUCKETS,
            registry=self.registry,
        )
        self.p_value = Histogram(
            "linewatch_p_value",
            "Conformal p-value; uniform while the process is as calibrated.",
            ["stream"],
            buckets=P_VALUE_BUCKETS,
            registry=self.registry,
        )
        self.audits = Counter(
            "linewatch_audits",
            "Passes sampled for a person to review.",
            ["stream"],
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "linewatch_dead_letters", "Images without a verdict, by reason.", ["reason"], registry=self.registry
        )
        self.stage = Histogram(
            "linewatch_stage_seconds",
            "Time in a stage: decode, score and shadow for one image, publish for one batch.",
            ["stage"],
            buckets=STAGE_BUCKETS,
            registry=self.registry,
        )
        self.end_to_end = Histogram(
            "linewatch_end_to_end_seconds",
            "From captured_at to the verdict committed.",
            ["stream"],
            buckets=END_TO_END_BUCKETS,
            registry=self.registry,
        )
        self.batch_images = Histogram(
            "linewatch_batch_images", "Images in one batch.", buckets=BATCH_BUCKETS, registry=self.registry
        )
        self.lag = Gauge(
            "linewatch_consumer_lag_records",
            "Log end minus position, of the partitions this replica has.",
            ["topic", "partition"],
            registry=self.registry,
        )
        self.last_image = Gauge(
            "linewatch_last_image_timestamp_seconds",
            "When an image of the stream was last accounted for, Unix time.",
            ["stream"],
            registry=self.registry,
        )
        self.bundle_info = Gauge(
            "linewatch_bundle_info",
            "1 for the bundle that decides now.",
            ["stream", "bundle", "autoencoder"],
            registry=self.registry,
        )
        self.threshold = Gauge("linewatch_threshold", "The threshold in force.", ["stream"], registry=self.registry)
        self.reloads = Counter(
            "linewatch_bundle_reloads",
            "Champions loaded (result=loaded) or refused (result=refused).",
            ["stream", "result"],
            registry=self.registry,
        )
        self.drift_evidence = Gauge(
            "linewatch_drift_evidence",
            "Evidence that ordinary parts changed, by the signal, divided by its limit; 1 is an alarm.",
            ["stream", "sign"],
            registry=self.registry,
        )
        self.burst_evidence = Gauge(
            "linewatch_burst_evidence",
            "Evidence of more anomalies than usual, divided by its limit; 1 is an alarm.",
            ["stream"],
            registry=self.registry,
        )
        self.drift_alarms = Counter(
            "linewatch_drift_alarms",
            "How often the evidence of drift reached its limit, by the signal; it restarts from zero after each.",
            ["stream", "sign"],
            registry=self.registry,
        )
        self.burst_alarms = Counter(
            "linewatch_burst_alarms",
            "How often the evidence of a burst of anomalies reached its limit; it restarts from zero after each.",
            ["stream"],
            registry=self.registry,
        )
        self.challenger_info = Gauge(
            "linewatch_challenger_info",
            "1 for the bundle that judges in the champion's shadow.",
            ["stream", "bundle", "autoencoder"],
            registry=self.registry,
        )
        self.shadow_decisions = Counter(
            "linewatch_shadow_decisions",
            "Images that champion and challenger both judged, by what each decided.",
            ["stream", "champion", "challenger"],
            registry=self.registry,
        )
        self.challenger_error_ratio = Histogram(
            "linewatch_challenger_error_ratio",
            "The challenger's score divided by its threshold.",
            ["stream"],
            buckets=ERROR_RATIO_BUCKETS,
            registry=self.registry,
        )
        self.shadow_paused = Gauge(
            "linewatch_shadow_paused",
            "1 while the challenger does not judge, because too many images wait or it failed.",
            ["stream"],
            registry=self.registry,
        )
        self.shadow_faults = Counter(
            "linewatch_shadow_faults",
            "Challengers refused, or turned off because they failed on an image.",
            ["stream"],
            registry=self.registry,
        )
