"""Files of figures."""

import json
from pathlib import Path

from deploy.devtools.machine import machine_block
from deploy.devtools.results import write_figures


def test_a_file_has_the_figures_and_then_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "build" / "demo.json"
    write_figures(path, {"images_sent": 3, "seconds": {"total": 1.0}})
    written = json.loads(path.read_text())
    assert list(written) == ["images_sent", "seconds", "machine"]
    assert written == {"images_sent": 3, "seconds": {"total": 1.0}, "machine": machine_block()}


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    for sent in (1, 2):
        write_figures(path, {"images_sent": sent})
    assert json.loads(path.read_text())["images_sent"] == 2
    assert list(tmp_path.iterdir()) == [path]
