"""A command that is watched while it runs: the most memory of its processes, and the most that it keeps on disk."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.devtools.errors import DemoError

LOOK_SECONDS = 0.05
LOOKS_AT_DISK = 10
"""Every so many looks: to go through a folder takes longer."""


@dataclass(frozen=True)
class Watched:
    """The most that was seen at any one time, in bytes."""

    seconds: float
    own: int
    """Memory of the processes that nothing else has: it must fit into the machine."""
    mapped: int
    """Pages of files that were in memory just then: they leave it when others need the room."""
    disk: int
    """Of the temporary files."""


def watch(command: Sequence[str | Path], temporary: Path, environment: Mapping[str, str]) -> Watched:
    """Run a command with its temporary files in a folder, and look at it until it ends.

    Raises:
        DemoError: if it fails.
    """
    temporary.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, **environment, "TMPDIR": str(temporary)}
    began, own, mapped, disk, looks = time.monotonic(), 0, 0, 0, 0
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            now = [_memory(each) for each in _family(process.pid)]
            own, mapped = max(own, sum(each for each, _ in now)), max(mapped, sum(each for _, each in now))
            if looks % LOOKS_AT_DISK == 0:
                disk = max(disk, _on_disk(temporary))
            looks += 1
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise DemoError(f"expected {Path(command[0]).name} to end well, found status {process.returncode}; see above")
    return Watched(time.monotonic() - began, own, mapped, disk)


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    return []


def _memory(process: psutil.Process) -> tuple[int, int]:
    """Anonymous bytes, and those of files and shared memory."""
    if sys.platform != "linux":
        raise DemoError("expected Linux, which tells memory of files apart, found another system")
    with suppress(OSError):  # it ends just now
        lines = [line.split() for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()]
        found = {line[0]: int(line[1]) << 10 for line in lines if line and line[0].startswith("Rss")}
        return found.get("RssAnon:", 0), found.get("RssFile:", 0) + found.get("RssShmem:", 0)
    return 0, 0


def _on_disk(folder: Path) -> int:
    found = 0
    for parent, _, files in os.walk(folder):  # passes over a folder that goes just now
        for name in files:
            with suppress(OSError):  # so do files
                found += Path(parent, name).stat().st_blocks * 512
    return found
