"""Order of images: by file name, as people count, or by capture time."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from training.data.capture_time import capture_time

OrderName = Literal["file name", "capture time"]

_NUMBERS = re.compile(r"(\d+)")


def orders(paths: Sequence[Path]) -> Mapping[OrderName, list[int]]:
    """The orders that the files themselves give: places in `paths`, first to last.

    By capture time only if all have one and they differ; and not by name as well where that is the same order.
    """
    by_name = sorted(range(len(paths)), key=lambda place: natural(paths[place]))
    by_time = _by_time(paths, by_name)
    if by_time is None:
        return {"file name": by_name}
    return {"capture time": by_time} if by_time == by_name else {"capture time": by_time, "file name": by_name}


def time_order(paths: Sequence[Path]) -> tuple[OrderName, list[int]]:
    """The order in which the line most likely made them: by capture time where there is one, else by name."""
    name, places = next(iter(orders(paths).items()))
    return name, places


def natural(path: Path) -> tuple[tuple[tuple[str, int, str], ...], ...]:
    """A key by which `part 2` sorts before `part 10`, in each folder of the path."""
    return tuple(
        tuple((("", int(piece), piece) if piece.isdecimal() else (piece.casefold(), 0, piece)) for piece in pieces)
        for pieces in (_NUMBERS.split(name) for name in path.parts)
    )


def _by_time(paths: Sequence[Path], by_name: Sequence[int]) -> list[int] | None:
    """Images of the same moment are in order of their names."""
    times = {}
    for place in by_name:
        taken = capture_time(paths[place])
        if taken is None:
            return None
        times[place] = taken
    return sorted(by_name, key=times.__getitem__) if len(set(times.values())) > 1 else None
