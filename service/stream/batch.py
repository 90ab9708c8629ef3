"""Batches of polled images, and how they are decoded while the batch before is scored."""

import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog
from kafka import TopicPartition
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


@dataclass(frozen=True, slots=True)
class Item:
    """One polled image, and its decoding in another thread."""

    record: Record
    decoding: Future[Preprocessed | Unscorable]

    @property
    def partition(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)


@dataclass(frozen=True, slots=True)
class Batch:
    """The images of one poll, not yet committed."""

    items: Sequence[Item] = ()

    def __bool__(self) -> bool:
        return bool(self.items)

    def without(self, partitions: AbstractSet[TopicPartition]) -> "Batch":
        """The images of all other partitions: a replica that was assigned the revoked ones polls their images again."""
        return Batch([item for item in self.items if item.partition not in partitions]) if partitions else self


class ImageDecoder:
    """Decodes and preprocesses images, each for the champion of its stream and for its challenger.

    A thread of ours waits for each image that a worker decodes.
    """

    def __init__(
        self, champions: Champions, shadow: Shadow, workers: DecodeWorkers, metrics: Metrics, threads: Executor
    ) -> None:
        self._champions = champions
        self._shadow = shadow
        self._workers = workers
        self._seconds = metrics.stage.labels("decode")
        self._threads = threads

    def start(self, records: Sequence[Record]) -> Batch:
        """Begin decoding; the items' futures will hold a Preprocessed image, or why there is none."""
        return Batch([Item(record, self._threads.submit(self._decode, record)) for record in records])

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
