"""What becomes of an image: a verdict or a dead letter."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from service.metrics import Metrics
from service.record.messages import ImageSize, Record, ReviewReason, VerdictMessage, encode_map, part_id_of, source_of
from service.scoring.anomaly_map import map_png
from service.scoring.image import ImageRejected
from service.scoring.scorer import Prediction
from service.scoring.verdict import judge
from service.stream.audit_sampling import Audit
from service.stream.batch import Item, Prepared, Unscorable
from service.stream.shadow import Shadow


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored image, with what the status page shows of an anomaly."""

    record: Record
    prepared: Prepared
    scored: Prediction
    verdict: VerdictMessage


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An image without a verdict, and why."""

    record: Record
    stream: str
    why: ImageRejected


Outcome = Scored | DeadLetter


class OutcomeMaker:
    """Says of each image what becomes of it."""

    def __init__(self, metrics: Metrics, audit: Audit, shadow: Shadow) -> None:
        self._metrics = metrics
        self._audit = audit
        self._shadow = shadow

    def settle(self, item: Item) -> Outcome:
        """Wait for an image to be decoded, and score it."""
        prepared = item.decoding.result()
        if isinstance(prepared, Unscorable):
            return DeadLetter(item.record, prepared.stream, prepared.why)
        started = time.perf_counter()
        scored = prepared.scorer.score([prepared.pixels])[0]
        self._metrics.stage.labels("score").observe(time.perf_counter() - started)
        verdict = _verdict(item.record, prepared, scored, self._audit)
        challenger = self._shadow.judge(prepared.stream, prepared.shadowed)
        return Scored(item.record, prepared, scored, verdict.model_copy(update={"challenger": challenger}))


def _verdict(record: Record, prepared: Prepared, scored: Prediction, audit: Audit) -> VerdictMessage:
    bundle = prepared.scorer.bundle
    calibration = bundle.manifest.calibration
    verdict = judge(scored, calibration, bundle.id, prepared.size)
    height, width = prepared.size
    part_id = part_id_of(record)
    message = VerdictMessage(
        **dict(verdict),
        part_id=part_id,
        stream=prepared.stream,
        captured_at=prepared.captured_at,
        scored_at=datetime.now(UTC),
        source=source_of(record),
        image=ImageSize(width=width, height=height),
        audit=verdict.decision == "pass" and audit.draws(part_id),
    )
    if message.review_reason is None:
        return message
    shown = {"digest": hashlib.sha256(record.value or b"").hexdigest()}
    if message.review_reason is not ReviewReason.AUDIT:
        shown["anomaly_map"] = encode_map(map_png(scored.anomaly_map, calibration.pixel_threshold))
    return message.model_copy(update=shown)
