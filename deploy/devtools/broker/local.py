"""One Kafka broker in KRaft mode, as a child process."""

import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.devtools import leash
from deploy.devtools.broker.install import KafkaInstallation
from deploy.devtools.broker.properties import server_properties
from deploy.devtools.errors import BrokerError
from deploy.devtools.ports import free_port

JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a broker that lives for minutes gains more from starting soon
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
LOG_LINES_SHOWN = 15


class LocalKafka:
    """A broker on localhost that keeps its data, settings and log in one folder.

    As a context manager it starts on entry and stops on exit. `kill` followed by `start` is a crash and a
    recovery on the same port and data. The process ends with its owner, however the owner ends.
    """

    def __init__(
        self, installation: KafkaInstallation, data: Path, port: int = 0, *, cluster_id: str = "", **settings: object
    ) -> None:
        """Starts nothing yet; port 0 picks a free one. `settings` are Kafka's, with `_` for each dot.

        With a `cluster_id` it is one of several, and `settings` name the voters of its quorum.
        """
        self._installation = installation
        self._cluster_id = cluster_id
        self._folder = data.resolve()
        self._port = port or free_port()
        self._controller_port = free_port()
        self._others = {name.replace("_", "."): value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect, as `host:port`."""
        return f"localhost:{self._port}"

    @property
    def log_file(self) -> Path:
        """What the broker prints; each start appends to it."""
        return self._folder / "broker.log"

    def start(self) -> None:
        """Starts the broker and returns when it answers the Kafka protocol.

        Raises:
            BrokerError: it ended or gave no answer; the message holds the last lines of its log.
        """
        if self._process is not None:
            raise BrokerError(f"The broker on {self.bootstrap_servers} already runs: stop it before starting it.")
        settings = self._write_settings()
        if not (self._storage / "meta.properties").exists():
            self._format_storage(settings)
        command = self._installation.command("kafka.Kafka", str(settings), java_options=JAVA_OPTIONS)
        with self.log_file.open("ab") as log:
            self._process = leash.start(command, output=log)
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ends the broker in order, or kills it if it takes too long. Stopping a stopped one does nothing."""
        if self._process is not None:
            leash.stop(self._process, STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Ends the broker at once, as a power cut would. Killing a stopped one does nothing."""
        if self._process is not None:
            leash.kill(self._process)
            self._process = None

    def wait(self) -> None:
        """Blocks until the broker ends by itself.

        Raises:
            BrokerError: always, once it has ended, since it was not asked to.
        """
        if self._process is not None:
            status = self._process.wait()
            raise self._failure(f"ended by itself with status {status}")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _storage(self) -> Path:
        return self._folder / "storage"

    def _write_settings(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = self._folder / "server.properties"
        settings.write_text(server_properties(self._storage, self._port, self._controller_port, self._others))
        return settings

    def _format_storage(self, settings: Path) -> None:
        alone = () if self._cluster_id else ("--standalone",)
        cluster_id = self._cluster_id or str(uuid.uuid4())
        command = self._installation.command(
            "kafka.tools.StorageTool",
            *("format", *alone, "--cluster-id", cluster_id, "--config", str(settings)),
            java_options=JAVA_OPTIONS,
        )
        with self.log_file.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise self._failure(f"could not format its storage in {self._storage}")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = monotonic() + START_SECONDS
        while not _answers(self.bootstrap_servers):
            if process.poll() is not None:
                raise self._failure(f"ended with status {process.returncode} while starting")
            if monotonic() > deadline:
                raise self._failure(f"gave no answer within {START_SECONDS:.0f} s")

    def _failure(self, what: str) -> BrokerError:
        lines = self.log_file.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return BrokerError(
            "\n".join([f"The Kafka broker on {self.bootstrap_servers} {what}; the end of {self.log_file}:", *lines])
        )


def _answers(bootstrap_servers: str) -> bool:
    """True when a broker there lists itself as alive in its answer to a metadata request."""
    if not _listens(bootstrap_servers):  # a Kafka client would leave a socket behind for every refusal
        sleep(POLL_SECONDS)
        return False
    with suppress(KafkaError, OSError), _admin(bootstrap_servers) as admin:
        return bool(admin.describe_cluster()["brokers"])
    return False


def _listens(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


@contextmanager
def _admin(bootstrap_servers: str) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=2000)
    try:
        yield admin
    finally:
        admin.close()
