"""What a measurement leaves behind: design §9."""

import json
from collections.abc import Mapping
from typing import Any

from deploy.devtools.machine import machine_block
from deploy.devtools.paths import REPOSITORY

BUILD = REPOSITORY / "build"


def write_figures(name: str, figures: Mapping[str, Any]) -> None:
    """Write build/<name>.json: the figures, and the machine they were measured on."""
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"{name}.json"
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps({**figures, "machine": machine_block()}, indent=2) + "\n")
    beside.replace(path)  # at once: whoever reads it, or is killed here, has the whole old or the whole new one
