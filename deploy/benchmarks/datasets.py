"""Finding the data sets of a benchmark."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from service.scoring.image_folder import is_passed_over
from training.errors import TrainingError


def find_sets(data: Path, chosen: Sequence[str], others: Mapping[str, Path]) -> list[Path]:
    """The chosen folders in MVTec layout, or all: those in `data` by name, and `others` that are elsewhere.

    Raises:
        TrainingError: if `data` is no folder, or has no set of a chosen name.
    """
    if not data.is_dir():
        raise TrainingError(f"expected a folder of sets in MVTec layout, found {data}; give one with DATA=")
    folders = (path for path in sorted(data.iterdir()) if not is_passed_over(path.name))
    known = {path.name: path for path in folders if (path / "train" / "good").is_dir()} | dict(others)
    for name in chosen:
        if name not in known:
            raise TrainingError(f"expected sets of {data} ({', '.join(known)}), found {name}")
    return [known[name] for name in chosen or known]
