"""The machine that figures were measured on: processor, cores, versions, commit."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.report.machine import processor

PACKAGES = ("numpy", "opencv-python-headless", "ai-edge-litert", "kafka-python", "tensorflow", "keras")


def machine_block() -> dict[str, Any]:
    """CPU model, cores, Python, package versions and the commit, for a file of figures."""
    return {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def _commit() -> str | None:
    """The commit checked out, None outside a git repository; `+` after it if files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None
