"""The outcome of an image: a verdict or a dead letter."""

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from service.metrics import Metrics
from service.record.messages import ImageSize, Record, VerdictMessage, encode_map, part_id_of, source_of
from service.scoring.graph import GraphNotReloadedError, Prediction
from service.scoring.image import ImageRejected, Reason
from service.scoring.map_rendering import map_png
from service.scoring.verdict import Judgement, judge
from service.scoring.window import on_image, window
from service.stream.audit_sampling import AuditSampling
from service.stream.image_decoder import Preprocessed, Unscorable
from service.stream.shadow import Shadow

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scored:
    """An image with its verdict, and with what the status page shows of an anomaly."""

    record: Record
    preprocessed: Preprocessed
    prediction: Prediction
    verdict: VerdictMessage


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An image without a verdict, and why."""

    record: Record
    stream: str
    rejection: ImageRejected
    bundle: str = ""
    """The bundle that failed on it, of an `unscorable` one."""
    refusal: str = ""
    """What the brokers said of its verdict or whole dead letter, of a reduced one."""


Outcome = Scored | DeadLetter


class OutcomeMaker:
    """Makes an outcome of each decoded image: scores it, decides, samples audits and asks the challenger.

    For any thread: as many images are scored at a time as the service may use cores, whichever their streams.
    """

    def __init__(self, metrics: Metrics, audits: AuditSampling, shadow: Shadow, at_once: int = 1) -> None:
        """`at_once` is how many images are scored at a time; further threads wait."""
        self._metrics = metrics
        self._audits = audits
        self._shadow = shadow
        self._turns = threading.Semaphore(at_once)

    def make(self, record: Record, decoded: Preprocessed | Unscorable) -> Outcome:
        """Score an image; whatever fails on it, its outcome is a dead letter then."""
        if isinstance(decoded, Unscorable):
            return DeadLetter(record, decoded.stream, decoded.rejection)
        try:
            with self._turns:
                return self._score(record, decoded)
        except ImageRejected as rejected:  # its graph gives no finite number
            rejection = rejected
        except GraphNotReloadedError:  # no image's fault
            raise
        except Exception as error:  # a graph that fails on an image must not stop the others
            log.exception("scoring failed", source=str(source_of(record)))
            rejection = _unscorable(decoded, error)
        bundle = decoded.scorer.bundle.id if rejection.reason is Reason.UNSCORABLE else ""
        return DeadLetter(record, decoded.stream, rejection, bundle)

    def _score(self, record: Record, preprocessed: Preprocessed) -> Scored:
        started = time.perf_counter()
        prediction = preprocessed.scorer.run(preprocessed.pixels)
        self._metrics.stage.labels("score").observe(time.perf_counter() - started)
        challenger = self._shadow.judge(preprocessed.stream, preprocessed.for_challenger)
        verdict = _verdict(record, preprocessed, prediction, self._audits, challenger)
        return Scored(record, preprocessed, prediction, verdict)


def _unscorable(preprocessed: Preprocessed, error: Exception) -> ImageRejected:
    bundle = preprocessed.scorer.bundle.id
    return ImageRejected(
        Reason.UNSCORABLE,
        f"expected a verdict of bundle {bundle}, found {type(error).__name__}: {str(error)[:200]}; "
        f"roll it back with linewatch-train rollback {preprocessed.stream}, and report it",
    )


def _verdict(
    record: Record,
    preprocessed: Preprocessed,
    prediction: Prediction,
    audits: AuditSampling,
    challenger: Judgement | None,
) -> VerdictMessage:
    bundle = preprocessed.scorer.bundle
    calibration, size = bundle.manifest.calibration, preprocessed.size
    covers = window(size, bundle.manifest.input)
    verdict = judge(prediction, calibration, bundle.id, size, covers)
    height, width = size
    part_id, passes = part_id_of(record), verdict.decision == "pass"
    seen = prediction.anomaly_map if passes else on_image(prediction.anomaly_map, size, covers)
    audit = passes and audits.includes(part_id)
    return VerdictMessage(
        **dict(verdict),
        part_id=part_id,
        stream=preprocessed.stream,
        captured_at=preprocessed.captured_at,
        scored_at=datetime.now(UTC),
        source=source_of(record),
        image=ImageSize(width=width, height=height),
        anomaly_map=None if passes else encode_map(map_png(seen, calibration.pixel_threshold)),
        audit=audit,
        digest=None if passes and not audit else hashlib.sha256(record.value or b"").hexdigest(),
        challenger=challenger,
    )
