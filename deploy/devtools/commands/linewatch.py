"""`linewatch`: its topics, and its processes while they run."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from time import monotonic, sleep

from deploy.devtools import leash
from deploy.devtools.commands.program import merged, program, with_last_lines
from deploy.devtools.errors import DemoError

READY_SECONDS = 60.0
STOP_SECONDS = 30.0


def create_topics(environment: Mapping[str, str]) -> None:
    """Run `linewatch topics`.

    Raises:
        DemoError: if it failed; the message ends with its last lines.
    """
    done = subprocess.run(
        [program("linewatch"), "topics"], env=merged(environment), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DemoError(
            with_last_lines(f"linewatch topics ended with status {done.returncode}", done.stdout + done.stderr)
        )


@contextmanager
def running(
    environment: Mapping[str, str], log: Path, url: str, command: str = "run"
) -> Iterator[subprocess.Popen[bytes]]:
    """`linewatch run`, or another of its processes, from when it is ready until the context ends.

    Args:
        environment: its settings, on top of those of this process.
        log: file for its output.
        url: where it serves /ready.
        command: the subcommand, such as `review`.

    Raises:
        DemoError: if it ended or was not ready in time; the message ends with its last lines.
    """
    with log.open("wb") as output:
        process = leash.start([program("linewatch"), command], output=output, environment=merged(environment))
    try:
        _wait_until_ready(process, log, url, command)
        yield process
    finally:
        leash.stop(process, STOP_SECONDS)


def check_running(process: subprocess.Popen[bytes], log: Path, command: str = "run") -> None:
    """Make sure that a process of `linewatch` still runs.

    Raises:
        DemoError: if it has ended; the message ends with its last lines.
    """
    if process.poll() is not None:
        text = log.read_text(errors="replace")
        raise DemoError(with_last_lines(f"linewatch {command} ended by itself with status {process.returncode}", text))


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, url: str, command: str) -> None:
    deadline = monotonic() + READY_SECONDS
    while not _is_ready(url):
        check_running(process, log, command)
        if monotonic() > deadline:
            text = log.read_text(errors="replace")
            raise DemoError(with_last_lines(f"linewatch {command} was not ready within {READY_SECONDS:.0f} s", text))
        sleep(0.05)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False
