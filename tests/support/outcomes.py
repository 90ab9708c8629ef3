"""Decoded images and their outcomes, for tests without threads or Kafka."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.metrics import Metrics
from service.scoring.image import ImageRejected, Reason
from service.scoring.scorer import Scorer
from service.stream.audit_sampling import NO_AUDITS
from service.stream.image_decoder import Preprocessed, Unscorable
from service.stream.outcome import DeadLetter, OutcomeMaker, Scored
from service.stream.shadow import ShadowImage
from tests.support.records import FakeRecord
from tests.support.shadow import no_shadow

CAPTURED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def preprocessed(scorer: Scorer, pixels: NDArray[np.uint8], for_challenger: ShadowImage | None = None) -> Preprocessed:
    """An image for a scorer, twice as large before preprocessing."""
    size = (2 * pixels.shape[0], 2 * pixels.shape[1])
    return Preprocessed("default", CAPTURED_AT, scorer, pixels, size, for_challenger)


def decoded(result: Preprocessed | Unscorable, **record: Any) -> tuple[FakeRecord, Preprocessed | Unscorable]:
    """A polled image, and what it was decoded to."""
    return FakeRecord(**record), result


def scored(scorer: Scorer, pixels: NDArray[np.uint8], **record: Any) -> Scored:
    """The outcome of a good image."""
    outcome = OutcomeMaker(Metrics(), NO_AUDITS, no_shadow()).make(*decoded(preprocessed(scorer, pixels), **record))
    assert isinstance(outcome, Scored)
    return outcome


def dead_letter(reason: Reason = Reason.UNDECODABLE, stream: str = "default", **record: Any) -> DeadLetter:
    """The outcome of an image that cannot be scored."""
    return DeadLetter(FakeRecord(**record), stream, ImageRejected(reason, "expected an image, found none"))
