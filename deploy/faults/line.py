"""The line under trial: brokers behind proxies, replicas, a store, a sender, and a reader of what comes out."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.devtools.accounting.corpus import tiny
from deploy.devtools.accounting.ledger import Ledger
from deploy.devtools.accounting.reader import Reader
from deploy.devtools.accounting.sender import Sender
from deploy.devtools.broker.cluster import Cluster, running_cluster
from deploy.devtools.broker.install import fetch
from deploy.devtools.commands.linewatch import create_topics
from deploy.devtools.tiny_bundle import write_bundle
from deploy.devtools.waiting import wait_until
from deploy.faults.fleet import Fleet
from deploy.faults.schedule import REPLICAS
from service.settings.every import Settings

GROUP = "faults"
IMAGES_PER_SECOND = 120.0
START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Line:
    """All that a fault can happen to, and the ledger that tells what came of it."""

    cluster: Cluster
    fleet: Fleet
    store: Path
    ledger: Ledger
    sender: Sender
    reader: Reader
    stable: Collection[str]
    """The replicas with a stable instance name, as a StatefulSet's; the others have none."""

    @property
    def transactional_id(self) -> str:
        """Of a replica with a stable instance name."""
        return f"{GROUP}-{next(iter(self.stable))}"

    def add_replica(self, name: str) -> None:
        """Start a replica."""
        _add(self.fleet, name, self.stable)


@contextmanager
def running_line(folder: Path, brokers: int, stable: Collection[str]) -> Iterator[Line]:
    """A line of two replicas, from its first outcome until the context ends; `stable` ones have stable names.

    Raises:
        ToolingError: if it does not start.
    """
    store = folder / "store"
    write_bundle(store)
    with ExitStack() as stack:
        cluster = stack.enter_context(running_cluster(fetch(), folder, brokers))
        environment = _environment(cluster, store)
        create_topics({**environment, "LINEWATCH_BOOTSTRAP_SERVERS": cluster.bootstrap_servers})
        ledger, topics = Ledger(), Settings.model_fields
        fleet = stack.enter_context(Fleet(folder / "replicas", environment))
        for name in REPLICAS:
            _add(fleet, name, stable)
        reader = Reader(
            cluster.bootstrap_servers, topics["verdicts_topic"].default, topics["dead_letter_topic"].default, ledger
        )
        stack.enter_context(reader)
        images = topics["images_topic"].default
        sender = Sender(cluster.bootstrap_servers, images, ledger, tiny(), IMAGES_PER_SECOND)
        stack.enter_context(sender)
        wait_until(lambda: ledger.outcomes > 0, "the first outcome", seconds=START_SECONDS, pause=0.1)
        yield Line(cluster, fleet, store, ledger, sender, reader, stable)


def _add(fleet: Fleet, name: str, stable: Collection[str]) -> None:
    fleet.add(name, LINEWATCH_INSTANCE=name if name in stable else "")


def _environment(cluster: Cluster, store: Path) -> dict[str, str]:
    return {
        "LINEWATCH_BOOTSTRAP_SERVERS": cluster.proxied_servers,
        "LINEWATCH_STORE": str(store),
        "LINEWATCH_GROUP": GROUP,
        "LINEWATCH_HTTP_HOST": "127.0.0.1",
        "LINEWATCH_PROBE_PORT": "0",
        "LINEWATCH_LOG_FORMAT": "json",
        "LINEWATCH_RELOAD_SECONDS": "0.5",
        "LINEWATCH_DECODE_THREADS": "1",
        "LINEWATCH_SCORE_THREADS": "1",
        "PYTHONFAULTHANDLER": "1",  # SIGABRT has it write where its threads stand
    }
