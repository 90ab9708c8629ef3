"""Files of measured figures, such as build/demo.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.devtools.machine import machine_block


def write_figures(path: Path, figures: Mapping[str, Any]) -> None:
    """Write the figures as JSON, with the machine that they were measured on under `machine`.

    The file is replaced in one step: a reader finds the old figures or the new ones, never a part of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**figures, "machine": machine_block()}, indent=2) + "\n")
    fresh.replace(path)
