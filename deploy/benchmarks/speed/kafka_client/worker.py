"""Processes that measure: each a fresh one, whose processor time is the client's alone, and which prints JSON."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def measured(module: str, arguments: Sequence[object], when_ready: Callable[[], None] | None = None) -> dict[str, Any]:
    """Run a module as a program; the figures that it prints at last.

    Args:
        module: its name.
        arguments: of its command line.
        when_ready: called once it has printed a first line, which says that it is ready.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        if process.stdout.readline() and when_ready is not None:
            when_ready()
        printed = process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    figures: dict[str, Any] = json.loads(printed)
    return figures


def cpu_seconds() -> float:
    """Of this process, all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_bytes() -> int:
    """The most memory that this process has had; `getrusage` would count that of whoever started it, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
