"""The short forms of the runs that take long, as a user starts them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.devtools.paths import REPOSITORY


def short_run(module: str, folder: Path, figures: Path) -> dict[str, Any]:
    """Run `python -m <module> --short` with a seed, which must end well; gives its figures. Logs go to `folder`."""
    command = [sys.executable, "-m", module, "--short", "--seed", "1", "--logs", folder / "logs", "--figures", figures]
    done = subprocess.run([*map(str, command)], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(figures.read_text())
    return found
