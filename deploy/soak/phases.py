"""The phases of the soak: a mixed stream for long, a backlog, and more than the service can do."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.devtools.accounting.corpus import Image, mixed, tiny
from deploy.devtools.accounting.ledger import Ledger
from deploy.devtools.accounting.reader import Reader
from deploy.devtools.accounting.sender import Sender
from deploy.devtools.commands.linewatch import running
from deploy.devtools.ports import free_port
from deploy.devtools.waiting import wait_until
from deploy.soak.company import Company
from deploy.soak.samples import Sample, Sampler
from service.settings.every import Settings

REPLICAS = 2
MOST_WAITING = 2000
"""Images on their way in the mixed phase: as many come as the service takes."""
MOST_PER_SECOND = 20_000.0
OVERLOAD = 2.0
"""Images come so many times as fast as they can be scored."""
MEMBERSHIP_EVENTS = ("partitions revoked", "partitions lost: this replica was away too long")
DRAIN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long each phase is."""

    mixed_seconds: float
    backlog_images: int
    overload_seconds: float
    every_seconds: float
    """Between two samples."""
    swap_seconds: float
    """Between two champions."""

    @classmethod
    def of(cls, minutes: float) -> "Plan":
        """Overload takes a sixth, at most ten minutes, its backlog as long again, and the mixed stream the rest."""
        overload = min(10.0, minutes / 6.0)
        return cls(60.0 * (minutes - 2.0 * overload), 100_000, 60.0 * overload, 5.0, 60.0)

    @classmethod
    def short(cls) -> "Plan":
        """Half a minute in all."""
        return cls(12.0, 2_000, 4.0, 0.25, 2.0)


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase measured; counts are those of its own images."""

    name: str
    images: int
    seconds: float
    samples: Sequence[Sample]
    rebalances: int
    """How often a replica lost a partition after all had theirs."""
    swaps: int = 0
    scrapes: int = 0
    pages: int = 0
    refused: int = 0

    @property
    def images_per_second(self) -> float:
        """The throughput over the whole phase."""
        return self.images / self.seconds


class Soak:
    """One broker, one store and one ledger, through which the phases go one after the other."""

    def __init__(self, folder: Path, kafka: str, champions: Sequence[Path], plan: Plan, seed: int) -> None:
        self._folder, self._kafka, self._champions, self._plan, self._seed = folder, kafka, champions, plan, seed
        self._topics = {name: Settings.model_fields[f"{name}_topic"].default for name in ("images", "verdicts")}
        self._dead_letters = Settings.model_fields["dead_letter_topic"].default
        self.ledger = Ledger()
        self.reader = Reader(kafka, self._topics["verdicts"], self._dead_letters, self.ledger)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of every replica."""
        return {
            "LINEWATCH_BOOTSTRAP_SERVERS": self._kafka,
            "LINEWATCH_STORE": str(self._champions[0].parent.parent),
            "LINEWATCH_HTTP_HOST": "127.0.0.1",
            "LINEWATCH_LOG_FORMAT": "json",
            "LINEWATCH_LOG_LEVEL": "info",
            "PYTHONFAULTHANDLER": "1",
        }

    def mixed(self) -> Phase:
        """Images of several encodings and sizes, some dead letters, new champions, scrapes and pages."""
        sender = self._sender(mixed(self._seed), MOST_PER_SECOND)
        sender.most_waiting = MOST_WAITING

        def work() -> None:
            with sender:
                time.sleep(self._plan.mixed_seconds)
            self._drain()

        return self._phase("mixed", work)

    def backlog(self) -> Phase:
        """The service starts with all of them waiting."""
        self._sender(tiny(), 0.0).send(self._plan.backlog_images)
        return self._phase("backlog", self._drain)

    def overload(self, capacity: float) -> Phase:
        """Images come faster than the service can score them, then no more do, and it catches up."""

        def work() -> None:
            with self._sender(tiny(), OVERLOAD * capacity):
                time.sleep(self._plan.overload_seconds)
            self._drain()

        return self._phase("overload", work)

    def _phase(self, name: str, work: Callable[[], None]) -> Phase:
        """Run a phase with replicas of its own; its time begins with their start and ends with the last outcome."""
        before, began, pids = self.ledger.outcomes, time.monotonic(), list[int]()
        sampler = Sampler(pids, lambda: self.ledger.outcomes - before, self._plan.every_seconds)
        with sampler, self._replicas(name, pids) as (urls, logs):
            rebalances = _rebalances(logs)
            with Company(urls, self._champions, self._plan.swap_seconds, self._plan.every_seconds) as company:
                work()
            sampler.stop()
            seconds = time.monotonic() - began
            lost = _rebalances(logs) - rebalances
        return Phase(
            name=name,
            images=self.ledger.outcomes - before,
            seconds=seconds,
            samples=sampler.samples,
            rebalances=lost,
            swaps=company.swaps,
            scrapes=company.scrapes,
            pages=company.pages,
            refused=company.refused,
        )

    def _sender(self, images: Sequence[Image], rate: float) -> Sender:
        return Sender(self._kafka, self._topics["images"], self.ledger, images, rate)

    def _drain(self) -> None:
        sent = len(self.ledger)
        wait_until(
            lambda: self.ledger.waiting(end=sent) == 0,
            f"an outcome of each of {sent} images",
            seconds=DRAIN_SECONDS,
            pause=0.2,
        )

    @contextmanager
    def _replicas(self, name: str, pids: list[int]) -> Iterator[tuple[list[str], list[Path]]]:
        """Replicas that share the partitions: their URLs and logs; the process ids of their leashes go to `pids`."""
        urls, logs = list[str](), list[Path]()
        with ExitStack() as stack:
            for number in range(REPLICAS):
                port, log = free_port(), self._folder / f"{name}-{number}.log"
                ports = {"LINEWATCH_HTTP_PORT": str(port), "LINEWATCH_PROBE_PORT": str(free_port())}
                url = f"http://127.0.0.1:{port}"
                process = stack.enter_context(running({**self.environment, **ports}, log, url))
                pids.append(process.pid)
                urls, logs = [*urls, url], [*logs, log]
            wait_until(lambda: _all_have_partitions(logs), "each replica to have partitions", seconds=60, pause=0.1)
            yield urls, logs


def _all_have_partitions(logs: Sequence[Path]) -> bool:
    return all("partitions assigned" in log.read_text(errors="replace") for log in logs)


def _rebalances(logs: Sequence[Path]) -> int:
    return sum(
        log.read_text(errors="replace").count(f'"event": "{event}"') for log in logs for event in MEMBERSHIP_EVENTS
    )
