"""The replicas of a line under trial, each supervised: one that ends is started again, as Kubernetes would."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.devtools import leash
from deploy.devtools.background import Background
from deploy.devtools.commands.program import merged
from deploy.devtools.paths import REPOSITORY
from deploy.devtools.ports import free_port
from deploy.devtools.waiting import wait_until
from deploy.faults.driver import ARMED, FIRED, PID
from deploy.faults.failpoints import Rule

RESTART_SECONDS = 0.5
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.05


class Replica:
    """One `linewatch run` with failpoints: its process of now, and its log over all of them."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        self.name, self.log = name, folder / "service.log"
        self.port = free_port()
        self.output: Path = self.log
        """Where the next process writes what it logs."""
        self._folder = folder
        self._environment = {**environment, "LINEWATCH_HTTP_PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a process; nothing is armed in it."""
        for name in (ARMED, PID):
            (self._folder / name).unlink(missing_ok=True)
        command = [sys.executable, "-m", "deploy.faults.driver", str(self._folder), "run"]
        environment = merged({**self._environment, "PYTHONPATH": str(REPOSITORY)})
        with self.output.open("ab") as output:
            self._process = leash.start(command, output=output, environment=environment)

    def ended(self) -> int | None:
        """The exit status of the last process, None while it runs or if there was none."""
        return None if self._process is None else self._process.poll()

    def stop(self) -> int:
        """SIGTERM, and SIGKILL if that takes too long; the exit status."""
        status = 0 if self._process is None else leash.stop(self._process, STOP_SECONDS)
        self._process = None
        return status

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        with suppress(FileNotFoundError, ProcessLookupError, ValueError):  # it ended just now, or just starts
            os.kill(int((self._folder / PID).read_text()), number)

    def arm(self, rules: Sequence[Rule]) -> int:
        """Have this happen; returns what `fired` has to reach when it has."""
        before = self.fired()
        fresh = self._folder / "arming"
        fresh.write_text(" ".join(map(str, rules)))
        fresh.replace(self._folder / ARMED)
        return before + len(rules)

    def disarm(self) -> None:
        """Let what is armed not happen any more."""
        self.arm([])

    def fired(self) -> int:
        """How many rules have come true so far."""
        try:
            return len((self._folder / FIRED).read_text().splitlines())
        except FileNotFoundError:
            return 0

    def wait_for_fired(self, number: int, seconds: float) -> None:
        """Wait until so many rules have come true.

        Raises:
            DemoError: if they do not in time.
        """
        wait_until(lambda: self.fired() >= number, f"replica {self.name} to get there", seconds=seconds, pause=0.01)


class Fleet(Background):
    """Replicas by name, watched by a thread of its own for as long as the context lasts."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__("supervisor")
        self._folder, self._environment = folder, environment
        self._replicas: dict[str, Replica] = {}
        self._lock = threading.Lock()
        self.exits: Counter[int] = Counter()
        """How often a process ended by itself or was killed, by exit status."""

    def stop(self) -> None:
        """Supervise no longer, and end all replicas."""
        super().stop()
        for replica in self._replicas.values():
            replica.send(signal.SIGCONT)
            replica.stop()

    def __getitem__(self, name: str) -> Replica:
        return self._replicas[name]

    @property
    def replicas(self) -> list[Replica]:
        """All of them."""
        return list(self._replicas.values())

    def add(self, name: str, **settings: str) -> None:
        """Start a replica, with settings of its own."""
        number = len(list(self._folder.glob(f"{name}*")))
        folder = self._folder / (f"{name}-{number}" if number else name)
        replica = Replica(name, folder, {**self._environment, **settings})
        with self._lock:
            self._replicas[name] = replica
            replica.start()

    def remove(self, name: str) -> int:
        """SIGTERM to a replica that is not to come back; its exit status."""
        with self._lock:
            replica = self._replicas.pop(name)
        return replica.stop()

    def events(self, event: str) -> int:
        """How often an event stands in the logs of all replicas there ever were."""
        needle = f'"event": "{event}"'
        return sum(log.read_text(errors="replace").count(needle) for log in self._folder.glob("*/service.log"))

    def tracebacks(self) -> int:
        """How many tracebacks do."""
        return sum(log.read_text(errors="replace").count("Traceback (most") for log in self._folder.glob("*/*.log"))

    def dump_stacks(self) -> None:
        """Have each process write where its threads stand into its log, and end."""
        for replica in self.replicas:
            replica.send(signal.SIGABRT)

    def _run(self) -> None:
        ended_at: dict[str, float] = {}
        while not self._ended.wait(LOOK_SECONDS):
            with self._lock:
                for name, replica in self._replicas.items():
                    status = replica.ended()
                    if status is None:
                        continue
                    if name not in ended_at:
                        ended_at[name] = time.monotonic()
                        self.exits[status] += 1
                    elif time.monotonic() - ended_at[name] > RESTART_SECONDS:
                        del ended_at[name]
                        replica.start()
