"""The table and picture of what fits take."""

from pathlib import Path

from deploy.benchmarks.fitting.memory import MEBIBYTE, Row, draw, table
from deploy.benchmarks.fitting.watched import Watched

ROWS = [
    Row("conv", images, Watched(12.4, 800 * MEBIBYTE, 100 * MEBIBYTE, images * MEBIBYTE // 10)) for images in (100, 200)
]


def test_a_row_is_a_fit() -> None:
    rows = table(ROWS).splitlines()[2:]
    assert rows == ["| conv | 100 | 800 | 100 | 10 | 12 |", "| conv | 200 | 800 | 100 | 20 | 12 |"]


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    draw(ROWS, tmp_path / "memory.png")
    assert (tmp_path / "memory.png").read_bytes().startswith(b"\x89PNG")
