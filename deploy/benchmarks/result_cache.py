"""A cache of measured rows, so that an interrupted benchmark goes on where it stopped."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from deploy.benchmarks.models import Model
from deploy.devtools.paths import BUILD, REPOSITORY
from deploy.devtools.results import write_figures
from service.scoring.image_folder import find_image_files
from service.scoring.manifest import Precision
from training.errors import TrainingError

FIGURES = BUILD / "bench-detection.json"

CODE = ("training/**/*.py", "service/scoring/*.py", "deploy/benchmarks/detection.py", "deploy/benchmarks/baselines.py")
"""What a row depends on apart from the set: after a change to any of these files all rows are measured again."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured for one set, model, precision and seed."""

    set: str
    model: str
    precision: str
    seed: int
    image_auroc: float | None
    average_precision: float | None
    tpr_at_fpr_1pct: float | None
    auroc_by_kind: dict[str, float]
    aupro_30: float | None
    aupro_5: float | None
    fit_seconds: float
    """Of an autoencoder all that `fit` does, with test images and report; of a baseline up to its threshold."""
    bundle_bytes: int | None
    """All files of it; None of a baseline, as the next."""
    score_ms: float | None
    """Median of one image, in the exported graph as the service runs it, with the threads that TensorFlow may use."""
    basis: str
    """See `basis`."""
    machine: dict[str, Any]
    """That measured this row; other rows may come from other machines."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a row is measured for."""

    path: Path
    model: Model
    precision: Precision
    seed: int
    basis: str

    @property
    def key(self) -> "Key":
        """Identifies the row."""
        return (self.path.name, self.model.title, self.precision, self.seed)


Key = tuple[str, str, str, int]


def basis(path: Path) -> str:
    """12 hex digits that change with what the rows depend on: the code, and names and sizes of the set's images."""
    digest = sha256()
    for pattern in CODE:
        for file in sorted(REPOSITORY.glob(pattern)):
            digest.update(file.read_bytes())
    for file in find_image_files(path).images:
        digest.update(os.fsencode(f"{file.relative_to(path)} {file.stat().st_size}\n"))
    return digest.hexdigest()[:12]


def read_rows() -> list[Row]:
    """Rows of earlier runs, without those of releases that had other columns.

    Raises:
        TrainingError: if the file is damaged.
    """
    if not FIGURES.exists():
        return []
    names = {each.name for each in fields(Row)}
    try:
        return [Row(**row) for row in json.loads(FIGURES.read_text())["rows"] if row.keys() == names]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"expected rows of earlier runs in {FIGURES}, found none that can be read; delete it"
        ) from error


def write_rows(rows: Iterable[Row]) -> None:
    """Write the figures measured so far."""
    write_figures(FIGURES, {"rows": [asdict(row) for row in rows]})


def measure(cases: Sequence[Case], measured: Callable[[Case], Row], *, fresh: bool = False) -> Iterator[Row]:
    """The row of each case: as an earlier run left it on the same basis, unless `fresh`, or else measured.

    Rows are written after each measurement; those of other cases stay as they are.

    Raises:
        TrainingError: if the file of earlier runs is damaged.
    """
    kept: dict[Key, Row] = {(row.set, row.model, row.precision, row.seed): row for row in read_rows()}
    for case in cases:
        if fresh or case.key not in kept or kept[case.key].basis != case.basis:
            kept[case.key] = measured(case)
            write_rows(kept.values())
        yield kept[case.key]
