"""Decoding workers that are replaced when an image kills them."""

import threading
from collections.abc import Sequence
from queue import LifoQueue

import structlog

from service.scoring.decoding import check_bytes
from service.scoring.image import ImageLimits, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.workers.forking import WorkerTemplate
from service.scoring.workers.prepare import Prepared
from service.scoring.workers.process import WorkerLost, WorkerProcess

log = structlog.get_logger(__name__)


class DecodeWorkers:
    """Prepares images in a fixed number of processes; use it from as many threads."""

    def __init__(
        self, processes: int, limits: ImageLimits, seconds: float, template: WorkerTemplate | None = None
    ) -> None:
        """Have the workers forked; nobody waits here until they are ready.

        Args:
            processes: how many.
            limits: of the encoded and decoded image; they also bound each worker's memory.
            seconds: CPU time that one image may take.
            template: what to fork them from; closed with them.
        """
        self._limits = limits
        self._seconds = seconds
        self._template = template or WorkerTemplate(limits, seconds)
        self._lock = threading.Lock()
        self._all = {WorkerProcess(self._template, seconds) for _ in range(processes)}
        self._idle: LifoQueue[WorkerProcess] = LifoQueue()
        for worker in self._all:
            self._idle.put(worker)

    def prepare(self, data: bytes, specs: Sequence[InputSpec], source: str) -> Prepared:
        """Decode an image and preprocess it for `specs`; `source` names it in the log.

        A worker that dies is replaced and the image tried once more, since it may have died of something else. An
        image that takes all its CPU time is not.

        Raises:
            ImageRejected: if it cannot be scored; `undecodable` if it takes too long or crashes the decoder.
            WorkersFailedError: if workers do not start.
        """
        check_bytes(data, self._limits)
        packed = [spec.model_dump_json().encode() for spec in specs]
        answer = self._try(data, packed, source)
        if isinstance(answer, WorkerLost) and not answer.slow:
            answer = self._try(data, packed, source)
        if isinstance(answer, Prepared):
            return answer
        if isinstance(answer, ImageRejected):
            raise answer
        found = f"takes too long: more than {self._seconds:g} s" if answer.slow else f"ends the decoder: {answer}"
        raise ImageRejected(
            Reason.UNDECODABLE, f"expected an image that can be decoded, found one that {found}; convert the image"
        )

    def close(self) -> None:
        """End all workers; no thread may be in `prepare`."""
        for worker in self._all:
            worker.close()
        self._template.close()

    def _try(self, data: bytes, specs: Sequence[bytes], source: str) -> Prepared | ImageRejected | WorkerLost:
        worker = self._idle.get()
        try:
            return worker.ask(data, specs)
        except WorkerLost as lost:
            log.warning("an image ended its decoder", source=source, why=str(lost), printed=worker.printed())
            worker = self._replace(worker)
            return lost
        finally:
            if printed := worker.printed():
                log.warning("decoder printed", source=source, text=printed)
            self._idle.put(worker)

    def _replace(self, lost: WorkerProcess) -> WorkerProcess:
        lost.close()
        started = WorkerProcess(self._template, self._seconds)
        with self._lock:
            self._all = (self._all - {lost}) | {started}
        return started
