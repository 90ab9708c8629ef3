"""`linewatch run` as a process of its own, with its settings, metrics and log."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError

import pytest

from deploy.devtools.ports import free_port
from tests.support.broker import Topics

LINEWATCH = Path(sys.executable).with_name("linewatch")
WITHOUT_TENSORFLOW = Path(__file__).with_name("without_tensorflow")
PATIENCE_SECONDS = 120.0
"""Long enough for a loaded machine: a test fails by this only when something will never happen."""


def wait_until(happened: Callable[[], bool], what: str, found: Callable[[], object] | None = None) -> None:
    """Poll a condition; fail the test if it never comes true, with what was found in its place."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"expected {what} within {PATIENCE_SECONDS:.0f} s{f', found {found()}' if found else ''}")
        time.sleep(0.02)


class Service:
    """`linewatch run` in a process of its own, with no TensorFlow importable."""

    command: tuple[str, ...] = ("run",)

    def __init__(self, kafka: str, store: Path, topics: Topics, log: Path, **settings: object) -> None:
        self.port, self.probe_port = free_port(), free_port()
        self._log = log
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(WITHOUT_TENSORFLOW),
            "PYTHONFAULTHANDLER": "1",
            "LINEWATCH_BOOTSTRAP_SERVERS": kafka,
            "LINEWATCH_STORE": str(store),
            "LINEWATCH_GROUP": f"group-{topics.images}",
            "LINEWATCH_IMAGES_TOPIC": topics.images,
            "LINEWATCH_VERDICTS_TOPIC": topics.verdicts,
            "LINEWATCH_DEAD_LETTER_TOPIC": topics.dead_letter,
            "LINEWATCH_REVIEWS_TOPIC": topics.reviews,
            "LINEWATCH_PARTS_TOPIC": topics.parts,
            "LINEWATCH_HTTP_HOST": "127.0.0.1",
            "LINEWATCH_HTTP_PORT": str(self.port),
            "LINEWATCH_PROBE_PORT": str(self.probe_port),
            "LINEWATCH_LOG_FORMAT": "json",
            "LINEWATCH_RELOAD_SECONDS": "0.1",
            **{f"LINEWATCH_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([LINEWATCH, *self.command], env=self.environment, stdout=log, stderr=log)
        return self

    def until_ready(self) -> Self:
        wait_until(self._ready, f"the service to get ready; its log: {self._log}")
        return self

    def get(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            body: bytes = answer.read()
        return body

    def sample(self, name: str, **labels: str) -> float:
        """The value of one series on /metrics, 0 if it is not there."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in self.get("/metrics").decode().splitlines():
            series, _, value = line.rpartition(" ")
            found_name, _, found_labels = series.partition("{")
            if found_name == name and wanted <= set(found_labels.rstrip("}").split(",")):
                return float(value)
        return 0.0

    def events(self) -> list[dict[str, Any]]:
        """The log lines so far."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    def raw_lines(self) -> list[str]:
        """The lines of the log that are no events: there should be none."""
        return [line for line in self._log.read_text().splitlines() if not line.startswith("{")]

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        assert self._process is not None
        try:
            return self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._show_where_it_stands(self._process)
            raise

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.send(signal.SIGTERM)
        return self.wait()

    def lasts_until(self, happened: Callable[[], bool]) -> bool:
        """Wait for a condition; False if the process ended first."""
        process = self._process
        assert process is not None

        def settled() -> bool:
            try:
                return process.poll() is not None or happened()
            except OSError:  # it ends just now: the pages are gone before the process is
                return False

        wait_until(settled, "the service to get there or to end")
        return process.poll() is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._process is not None
        if kind is not None and self._process.poll() is None:
            self._show_where_it_stands(self._process)
        self._process.kill()
        self._process.wait()

    def _show_where_it_stands(self, process: subprocess.Popen[bytes]) -> None:
        """Something did not happen: SIGABRT has Python write where each thread stands into the log."""
        logged = self._log.read_text()
        process.send_signal(signal.SIGABRT)
        process.wait()
        stands = self._log.read_text()[len(logged) :]
        sys.stderr.write(f"{self._log}:\n{_once_each(logged)[-6000:]}\n...\n{stands[-6000:]}\n")

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            pytest.fail(f"the service ended with status {self._process.returncode}: {self._log.read_text()[-2000:]}")
        try:
            self.get("/ready")
        except (URLError, OSError):
            return False
        return True


def _once_each(log: str) -> str:
    """Log lines without repetitions: a service that fails repeats its error ten times a second."""
    seen: dict[str, str] = {}
    for line in log.splitlines():
        seen.setdefault(line.split('"timestamp"')[0], line)
    return "\n".join(seen.values())
