"""Files of codes for other programs."""

import io
from importlib import import_module
from pathlib import Path
from typing import Any

from training.codes import CodeTable
from training.errors import TrainingError

SUFFIXES = (".npz", ".parquet")


def check_suffix(path: Path) -> None:
    """Raises: TrainingError: if codes cannot be written in the format that the file's name asks for."""
    if path.suffix not in SUFFIXES:
        raise TrainingError(f"expected --out to end in {' or '.join(SUFFIXES)}, found {path.name!r}")
    if path.suffix == ".parquet":
        _pyarrow()


def table_bytes(table: CodeTable, path: Path) -> bytes:
    """The content of a file by its suffix: see CodeTable.npz, or a Parquet table of `name`, `score` and `code`."""
    if path.suffix == ".npz":
        return table.npz()
    pyarrow, parquet = _pyarrow()
    columns = {"name": list(table.names), "score": table.scores, "code": list(table.codes)}
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _pyarrow() -> tuple[Any, Any]:
    """Loaded by name: at 160 MB it is no extra of this package."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise TrainingError(
            "expected pyarrow, which writes .parquet, found it is not installed; install pyarrow, or use FILE.npz"
        ) from error
