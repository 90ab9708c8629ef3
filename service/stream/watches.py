"""Watching every stream for drift and for bursts of bad parts."""

import structlog

from service.metrics import Metrics
from service.scoring.bundle import Bundle
from service.scoring.drift import DriftWatch
from service.status import Status
from service.stream.outcome import Judged

log = structlog.get_logger(__name__)


class Watches:
    """A drift watch for each stream, begun anew with each bundle; tells metrics, status and log what it finds.

    It sees the parts of this replica only, and knows nothing of the time before this process.
    """

    def __init__(self, metrics: Metrics, status: Status) -> None:
        self._metrics = metrics
        self._status = status
        self._watches: dict[str, tuple[str, DriftWatch | None]] = {}

    def update(self, judged: Judged) -> None:
        """Account for one part that was committed."""
        verdict = judged.verdict
        watch = self._watch(verdict.stream, judged.prepared.scorer.bundle)
        if watch is None:
            return
        watch.update(verdict.score, verdict.decision, verdict.part_id)
        self._metrics.drift_evidence.labels(verdict.stream).set(watch.drift)
        self._metrics.burst_evidence.labels(verdict.stream).set(watch.burst)
        self._status.watch(verdict.stream, drift=watch.drift, burst=watch.burst)
        if watch.drift >= 1.0:
            self._metrics.drift_alarms.labels(verdict.stream).inc()
            log.warning("the process drifted", stream=verdict.stream, bundle=verdict.bundle, part_id=verdict.part_id)
        elif watch.burst >= 1.0:
            self._metrics.burst_alarms.labels(verdict.stream).inc()
            log.warning("a burst of anomalies", stream=verdict.stream, bundle=verdict.bundle, part_id=verdict.part_id)

    def _watch(self, stream: str, bundle: Bundle) -> DriftWatch | None:
        under, watch = self._watches.get(stream, ("", None))
        if under != bundle.id:
            calibration, spec = bundle.manifest.calibration, bundle.manifest.drift
            watch = None if spec is None else DriftWatch(calibration, spec, bundle.id)
            self._watches[stream] = (bundle.id, watch)
            if watch is None:
                self._forget(stream)
        return watch

    def _forget(self, stream: str) -> None:
        """A bundle without limits says nothing: what the one before said must not stand on."""
        self._status.watch(stream, drift=None, burst=None)
        for gauge in (self._metrics.drift_evidence, self._metrics.burst_evidence):
            gauge.remove(stream)
