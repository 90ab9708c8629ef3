"""Monitoring every stream for drift and for bursts of bad parts."""

from collections.abc import Mapping, Sequence

import structlog

from service.metrics import Metrics
from service.record.messages import VerdictMessage
from service.scoring.bundle import Bundle
from service.scoring.drift import SIGNALS, DriftDetector, Signal
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

    def update(self, stream: str, parts: Sequence[Scored]) -> None:
        """Update a stream's detector with its parts of one batch that was committed; each may raise an alarm."""
        detector = None
        for part in parts:
            verdict = part.verdict
            detector = self._detector(stream, part.preprocessed.scorer.bundle)
            if detector is not None:
                pixels = part.preprocessed.pixels
                detector.update(verdict.score, verdict.decision, verdict.part_id, brightness(pixels))
                self._count_alarms(verdict, detector)
        if detector is not None:
            self._report(stream, detector.signals, detector.burst)

    def _report(self, stream: str, drift: Mapping[Signal, float], burst: float) -> None:
        for signal, evidence in drift.items():
            self._metrics.drift_evidence.labels(stream, signal).set(evidence)
        self._metrics.burst_evidence.labels(stream).set(burst)
        self._status.set_drift(stream, drift=drift, burst=burst)

    def _count_alarms(self, verdict: VerdictMessage, detector: DriftDetector) -> None:
        where = {"stream": verdict.stream, "bundle": verdict.bundle, "part_id": verdict.part_id}
        for signal, evidence in detector.signals.items():
            if evidence >= 1.0:
                self._metrics.drift_alarms.labels(verdict.stream, signal).inc()
                log.warning("the process drifted", sign=signal, **where)
        if detector.burst >= 1.0:
            self._metrics.burst_alarms.labels(verdict.stream).inc()
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
