"""Watching every stream for drift and for bursts of bad parts."""

import structlog

from service.metrics import Metrics
from service.record.messages import VerdictMessage
from service.scoring.bundle import Bundle
from service.scoring.drift import SIGNALS, DriftWatch
from service.scoring.image import brightness
from service.status import Status
from service.stream.outcome import Scored

log = structlog.get_logger(__name__)


class Watches:
    """A drift watch for each stream, begun anew with each bundle; tells metrics, status and log what it finds.

    It sees the parts of this replica only, and knows nothing of the time before this process.
    """

    def __init__(self, metrics: Metrics, status: Status) -> None:
        self._metrics = metrics
        self._status = status
        self._watches: dict[str, tuple[str, DriftWatch | None]] = {}

    def update(self, judged: Scored) -> None:
        """Account for one part that was committed."""
        verdict = judged.verdict
        watch = self._watch(verdict.stream, judged.preprocessed.scorer.bundle)
        if watch is None:
            return
        watch.update(verdict.score, verdict.decision, verdict.part_id, brightness(judged.preprocessed.pixels))
        self._tell(verdict, watch)

    def _tell(self, verdict: VerdictMessage, watch: DriftWatch) -> None:
        stream, drift, burst = verdict.stream, watch.signals, watch.burst
        for sign, evidence in drift.items():
            self._metrics.drift_evidence.labels(stream, sign).set(evidence)
        self._metrics.burst_evidence.labels(stream).set(burst)
        self._status.watch(stream, drift=drift, burst=burst)
        where = {"stream": stream, "bundle": verdict.bundle, "part_id": verdict.part_id}
        for sign, evidence in drift.items():
            if evidence >= 1.0:
                self._metrics.drift_alarms.labels(stream, sign).inc()
                log.warning("the process drifted", sign=sign, **where)
        if burst >= 1.0:
            self._metrics.burst_alarms.labels(stream).inc()
            log.warning("a burst of anomalies", **where)

    def _watch(self, stream: str, bundle: Bundle) -> DriftWatch | None:
        under, watch = self._watches.get(stream, ("", None))
        if under != bundle.id:
            calibration, spec = bundle.manifest.calibration, bundle.manifest.drift
            watch = None if spec is None else DriftWatch(calibration, spec, bundle.id)
            self._watches[stream] = (bundle.id, watch)
            self._forget(stream)
        return watch

    def _forget(self, stream: str) -> None:
        """What the bundle before said must not stand on: this one may say less, or nothing."""
        self._status.watch(stream, drift=None, burst=None)
        self._metrics.burst_evidence.remove(stream)
        for sign in SIGNALS:
            self._metrics.drift_evidence.remove(stream, sign)
