"""Images in flight: polled and not yet published, decoded and scored in other threads, bounded in number and bytes."""

import threading
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from kafka import TopicPartition

from service.record.messages import Record
from service.stream.outcome import Outcome

MOST_BYTES = 32 * 1024 * 1024
"""Of encoded images in flight; one image is always taken, however large."""


@dataclass(frozen=True, slots=True)
class _Image:
    record: Record
    outcome: Future[Outcome]

    @property
    def partition(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)

    @property
    def size(self) -> int:
        return len(self.record.value or b"")


class InFlight:
    """The images that were polled and whose outcomes were not taken yet, in the order of their partitions.

    Belongs to one thread; the images' own threads only compute outcomes.
    """

    def __init__(self, process: Callable[[Record], Outcome], threads: Executor, most_bytes: int = MOST_BYTES) -> None:
        """`process` makes an outcome of a record, in one of `threads`."""
        self._process = process
        self._threads = threads
        self._most_bytes = most_bytes
        self._images: list[_Image] = []
        self._usual_bytes = most_bytes
        self._done = threading.Condition()
        self._news = self._awaited = 0

    def __len__(self) -> int:
        return len(self._images)

    def room(self, most: int) -> int:
        """How many more images to poll, so that at most `most` are in flight.

        Nobody knows the size of images that are not polled yet: the largest of the last poll stands for theirs.
        """
        if not self._images:
            return max(1, min(most, self._most_bytes // self._usual_bytes))
        left = self._most_bytes - sum(image.size for image in self._images)
        return max(0, min(most - len(self._images), left // self._usual_bytes))

    def start(self, records: Sequence[Record]) -> None:
        """Have images decoded and scored."""
        images = [_Image(record, self._threads.submit(self._process, record)) for record in records]
        for image in images:
            image.outcome.add_done_callback(self._tell)
        if images:
            self._usual_bytes = max(1, *(image.size for image in images))
        self._images += images

    def ready(self) -> int:
        """How many outcomes can be taken."""
        return len(self._ready())

    def take(self, most: int) -> list[Outcome]:
        """The next outcomes; none whose partition has an earlier image that is not done.

        Raises:
            WorkersFailedError: or whatever else `process` raises, which is no image's fault.
        """
        taken = self._ready()[:most]
        self._forget(taken)
        return [image.outcome.result() for image in taken]

    def wait(self, seconds: float, more: int = 1) -> None:
        """Wait until so many more images are done than at the end of the last wait, but not longer than this."""
        with self._done:
            self._awaited = more
            self._done.wait_for(lambda: self._news >= more, seconds)
            self._news = 0

    def drop(self, partitions: AbstractSet[TopicPartition]) -> None:
        """Forget the images of partitions: whoever has them now polls the images again."""
        if partitions:
            self._forget([image for image in self._images if image.partition in partitions])

    def drop_all(self) -> None:
        """Forget all images."""
        self._forget(list(self._images))

    def drop_waiting(self) -> None:
        """Forget the images that nobody has begun; the last first, so that none is taken without an earlier one."""
        self._forget([image for image in reversed(self._images) if image.outcome.cancel()])

    def _tell(self, _: Future[Outcome]) -> None:
        with self._done:
            self._news += 1
            if self._news >= self._awaited:
                self._done.notify()

    def _ready(self) -> list[_Image]:
        found, behind = [], set[TopicPartition]()
        for image in self._images:
            if image.partition not in behind:
                if image.outcome.done():
                    found.append(image)
                else:
                    behind.add(image.partition)
        return found

    def _forget(self, images: Sequence[_Image]) -> None:
        gone = set(map(id, images))
        self._images = [image for image in self._images if id(image) not in gone]
        for image in images:
            image.outcome.cancel()
