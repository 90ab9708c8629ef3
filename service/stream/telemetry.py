"""Telemetry of the main loop: metrics, status and log lines of what was committed, and only of that."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import structlog
from kafka import TopicPartition

from service.metrics import Metrics
from service.record.messages import VerdictMessage, source_of
from service.scoring.image import Reason
from service.scoring.verdict import Judgement
from service.status import Anomaly, Status
from service.stream.consumer import Consumer
from service.stream.drift_monitor import DriftMonitor
from service.stream.image_decoder import UNKNOWN_STREAM
from service.stream.outcome import DeadLetter, Outcome, Scored
from service.stream.shadow import Shadow

log = structlog.get_logger(__name__)


class Telemetry:
    """Turns the outcomes of committed batches into metrics, status and log lines."""

    def __init__(self, metrics: Metrics, status: Status, consumer: Consumer, shadow: Shadow) -> None:
        self._metrics = metrics
        self._status = status
        self._consumer = consumer
        self._drift = DriftMonitor(metrics, status)
        self._shadow = shadow
        self._lagging: set[TopicPartition] = set()
        for reason in Reason:  # from 0, so that increase() counts the first of each
            metrics.dead_letters.labels(reason)

    def heartbeat(self) -> None:
        """The main loop turned: update what changes without images, such as the lag."""
        self._status.heartbeat(in_group=self._consumer.group() is not None)
        lag = self._consumer.lag()
        for partition in self._lagging - lag.keys():
            self._metrics.lag.remove(partition.topic, str(partition.partition))
        for partition, records in lag.items():
            self._metrics.lag.labels(partition.topic, str(partition.partition)).set(records)
        self._lagging = set(lag)
        self._shadow.update(sum(lag.values()))

    def committed(self, outcomes: Sequence[Outcome]) -> None:
        """Count a batch that was committed."""
        self._metrics.batch_images.observe(len(outcomes))
        scored: dict[str, list[Scored]] = defaultdict(list)
        for outcome in outcomes:
            if isinstance(outcome, Scored):
                scored[outcome.verdict.stream].append(outcome)
            else:
                self._count_dead_letter(outcome)
        for stream, images in scored.items():
            self._count_verdicts(stream, [each.verdict for each in images])
            self._drift.update(stream, images)
            anomalies = [_anomaly(each) for each in images if each.verdict.decision == "anomaly"]
            reviews = sum(each.verdict.decision == "review" for each in images)
            unlike = self._count_unlike_fit(stream, images)
            self._status.count(stream, images=len(images), reviews=reviews, anomalies=anomalies, unlike_fit=unlike)

    def _count_unlike_fit(self, stream: str, images: Sequence[Scored]) -> Counter[str]:
        found = Counter(what for image in images for what in image.preprocessed.unlike_fit)
        for what, number in found.items():
            self._metrics.unlike_fit.labels(stream, what).inc(number)
        return found

    def _count_verdicts(self, stream: str, verdicts: Sequence[VerdictMessage]) -> None:
        metrics, now = self._metrics, time.time()
        error_ratio, p_value = metrics.error_ratio.labels(stream), metrics.p_value.labels(stream)
        end_to_end = metrics.end_to_end.labels(stream)
        for decision, number in Counter(verdict.decision for verdict in verdicts).items():
            metrics.images.labels(stream, decision).inc(number)
        for verdict in verdicts:
            error_ratio.observe(verdict.error_ratio)
            p_value.observe(verdict.p_value)
            end_to_end.observe(max(0.0, now - verdict.captured_at.timestamp()))
            if verdict.audit:
                metrics.audits.labels(stream).inc()
            if verdict.challenger:
                self._count_challenger(verdict, verdict.challenger)
            if verdict.decision == "anomaly":
                _log_anomaly(verdict)
        metrics.last_image.labels(stream).set(now)

    def _count_challenger(self, verdict: VerdictMessage, challenger: Judgement) -> None:
        self._metrics.shadow_decisions.labels(verdict.stream, verdict.decision, challenger.decision).inc()
        self._metrics.challenger_error_ratio.labels(verdict.stream).observe(challenger.error_ratio)

    def _count_dead_letter(self, dead_letter: DeadLetter) -> None:
        self._metrics.images.labels(dead_letter.stream, "dead_letter").inc()
        self._metrics.dead_letters.labels(dead_letter.rejection.reason).inc()
        if dead_letter.stream != UNKNOWN_STREAM:
            self._metrics.last_image.labels(dead_letter.stream).set(time.time())
        if dead_letter.bundle:
            self._metrics.unscorable.labels(dead_letter.stream, dead_letter.bundle).inc()
        self._status.count_dead_letters(1)
        log.warning(
            "dead letter",
            reason=str(dead_letter.rejection.reason),
            why=str(dead_letter.rejection),
            source=str(source_of(dead_letter.record)),
        )


def _log_anomaly(verdict: VerdictMessage) -> None:
    log.info(
        "anomaly",
        stream=verdict.stream,
        part_id=verdict.part_id,
        error_ratio=round(verdict.error_ratio, 3),
        source=str(verdict.source),
    )


def _anomaly(scored: Scored) -> Anomaly:
    verdict = scored.verdict
    return Anomaly(
        id=str(verdict.source).replace("/", "-"),
        part_id=verdict.part_id,
        stream=verdict.stream,
        captured_at=verdict.captured_at,
        error_ratio=verdict.error_ratio,
        p_value=verdict.p_value,
        bundle=verdict.bundle,
        pixels=scored.preprocessed.pixels,
        anomaly_map=scored.prediction.anomaly_map,
        pixel_threshold=scored.preprocessed.scorer.bundle.manifest.calibration.pixel_threshold,
    )
