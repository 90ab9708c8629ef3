"""What a measurement leaves behind: design §9."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.demo.machine import machine_block

BUILD = Path(__file__).resolve().parents[2] / "build"


def write_figures(name: str, figures: Mapping[str, Any]) -> None:
    """Write build/<name>.json: the figures, and the machine they were measured on."""
    BUILD.mkdir(exist_ok=True)
    (BUILD / f"{name}.json").write_text(json.dumps({**figures, "machine": machine_block()}, indent=2) + "\n")
