"""Monitoring every stream for drift and for bursts of bad parts."""

import structlog

from service.metrics import Metrics
from service.record.messages import VerdictMessage
from service.scoring.bundle import Bundle
from service.scoring.drift import SIGNALS, DriftDetector
from service.scoring.preprocessing import brightness
from service.status import Status
from service.stream.outcome import Scored

log = structlog.get_logger(__name__)


class DriftMonitor:
    """A drift detector for each stream and bundle; reports to metrics, status and log.

    It sees the parts of this replica only, since this process started.
    """

    def __init__(self, metrics: Metrics, status: Status) -> None:
        self._metrics = metrics
        self._status = status
        self._detectors: dict[str, tuple[str, DriftDetector | None]] = {}

    def update(self, scored: Scored) -> None:
        """Update the stream's detector with one part that was committed."""
        verdict = scored.verdict
        detector = self._detector(verdict.stream, scored.preprocessed.scorer.bundle)
        if detector is None:
            return
        detector.update(verdict.score, verdict.decision, verdict.part_id, brightness(scored.preprocessed.pixels))
        self._report(verdict, detector)

    def _report(self, verdict: VerdictMessage, detector: DriftDetector) -> None:
        stream, drift, burst = verdict.stream, detector.signals, detector.burst
        for signal, evidence in drift.items():
            self._metrics.drift_evidence.labels(stream, signal).set(evidence)
        self._metrics.burst_evidence.labels(stream).set(burst)
        self._status.set_drift(stream, drift=drift, burst=burst)
        where = {"stream": stream, "bundle": verdict.bundle, "part_id": verdict.part_id}
        for signal, evidence in drift.items():
            if evidence >= 1.0:
                self._metrics.drift_alarms.labels(stream, signal).inc()
                log.warning("the process drifted", sign=signal, **where)
        if burst >= 1.0:
            self._metrics.burst_alarms.labels(stream).inc()
            log.warning("a burst of anomalies", **where)

    def _detector(self, stream: str, bundle: Bundle) -> DriftDetector | None:
        bundle_id, detector = self._detectors.get(stream, ("", None))
        if bundle_id != bundle.id:
            calibration, spec = bundle.manifest.calibration, bundle.manifest.drift
            detector = None if spec is None else DriftDetector(calibration, spec, bundle.id)
            self._detectors[stream] = (bundle.id, detector)
            self._clear(stream)
        return detector

    def _clear(self, stream: str) -> None:
        """Remove the evidence of the bundle before: this one may have fewer signals, or none."""
        self._status.set_drift(stream, drift=None, burst=None)
        self._metrics.burst_evidence.remove(stream)
        for signal in SIGNALS:
            self._metrics.drift_evidence.remove(stream, signal)
