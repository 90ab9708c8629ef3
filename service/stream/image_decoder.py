"""Decoding of polled images, each for the bundles that will judge it."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog
from numpy.typing import NDArray

from service.bundles.champions import Champions
from service.metrics import Metrics
from service.record.image_headers import read_headers
from service.record.messages import Record, source_of
from service.record.unreadable import UnreadableRecord
from service.scoring.image import ImageRejected, Reason
from service.scoring.scorer import Scorer
from service.scoring.workers.forking import WorkersFailedError
from service.scoring.workers.pool import DecodeWorkers
from service.stream.shadow import Shadow, ShadowImage

log = structlog.get_logger(__name__)

UNKNOWN_STREAM = "unknown"


@dataclass(frozen=True, slots=True)
class Preprocessed:
    """An image ready for its graph, with the scorer it was preprocessed for: a hot swap never mixes two bundles."""

    stream: str
    captured_at: datetime
    scorer: Scorer
    pixels: NDArray[np.uint8]
    """[height, width, channels] as the scorer's input defines them."""
    size: tuple[int, int]
    """The original (height, width)."""
    for_challenger: ShadowImage | None = None
    unlike_fit: frozenset[str] = frozenset()
    """In what the image differs from those that the champion was fitted on."""


@dataclass(frozen=True, slots=True)
class Unscorable:
    """An image without a verdict, and why. `stream` is a served one or UNKNOWN_STREAM: it becomes a label."""

    stream: str
    rejection: ImageRejected


class ImageDecoder:
    """Decodes and preprocesses images, each for the champion of its stream and for its challenger; for any thread."""

    def __init__(
        self, champions: Champions, shadow: Shadow, workers: DecodeWorkers, metrics: Metrics, at_once: int
    ) -> None:
        """`at_once` is how many images the workers decode at a time; further threads wait."""
        self._champions = champions
        self._shadow = shadow
        self._workers = workers
        self._seconds = metrics.stage.labels("decode")
        self._turns = threading.Semaphore(at_once)

    def decode(self, record: Record) -> Preprocessed | Unscorable:
        """The preprocessed image, or why there is none.

        Raises:
            WorkersFailedError: if workers do not start.
        """
        with self._turns:
            return self._decode(record)

    def _decode(self, record: Record) -> Preprocessed | Unscorable:
        started = time.perf_counter()
        stream = UNKNOWN_STREAM
        if isinstance(record, UnreadableRecord):
            return Unscorable(stream, record.rejection)
        try:
            headers = read_headers(record)
            scorer = self._scorer(headers.stream)
            stream = headers.stream
            challenger = self._shadow.challenger(stream, scorer)
            specs = [each.input for each in (scorer, challenger) if each]
            prepared = self._workers.prepare(record.value or b"", specs, str(source_of(record)))
        except ImageRejected as rejected:
            return Unscorable(stream, rejected)
        except WorkersFailedError:  # no image's fault
            raise
        except Exception as error:  # a poison image must not stop the line, whatever a decoder raises
            log.exception("decoder failed", source=str(source_of(record)))
            message = (
                f"expected an image, found one that the decoder fails on ({type(error).__name__}); please report it"
            )
            return Unscorable(stream, ImageRejected(Reason.UNDECODABLE, message))
        else:
            for_challenger = self._shadow.take(stream, challenger, prepared.others)
            return Preprocessed(
                stream,
                headers.captured_at,
                scorer,
                prepared.pixels,
                prepared.size,
                for_challenger,
                prepared.unlike_fit,
            )
        finally:
            self._seconds.observe(time.perf_counter() - started)

    def _scorer(self, stream: str) -> Scorer:
        scorer = self._champions.get(stream)
        if scorer is None:
            known = ", ".join(self._champions.all())
            raise ImageRejected(
                Reason.UNKNOWN_STREAM,
                f"expected header stream to name one of: {known}; found {stream[:64]!r}; "
                "fit a bundle for it, or correct the producer",
            )
        return scorer
