"""Parts by file name: which images show the same part, as their names tell, and what names look like it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from service.scoring.name_pattern import NamePattern, name_pattern
from training.errors import TrainingError

EXAMPLE = r"^(part\d+)_"

FEWEST = 3
"""Parts: of fewer, names show no form."""


def part_pattern(text: str | None) -> NamePattern | None:
    """The regular expression whose first group is the part; None for None.

    Raises:
        TrainingError: if it is none, or has no group.
    """
    if text is None:
        return None
    try:
        return name_pattern(text, "--part-from-name", "the part", EXAMPLE)
    except ValueError as error:
        raise TrainingError(str(error)) from error


def part_names(paths: Sequence[PurePath], pattern: NamePattern) -> list[str | None]:
    """The part that each file's name gives; None where it gives none, or an empty one.

    Raises:
        TrainingError: if the expression backtracks without end on a name.
    """
    try:
        return [pattern.first_group(path.name) for path in paths]
    except ValueError as error:
        raise TrainingError(str(error)) from error


FORMS = (
    r"^(.*?\d)[_-]\d{1,3}\.",
    r"^(.*?\d)(?:[_-][0-9]*[A-Za-z][A-Za-z0-9]*)+(?:[_-]\d{1,3})?\.",
    r"^(.*?\d)[ _-]*(?:\(\d{1,3}\)|copy|Copy)",
)
"""How names go on behind the part: `10_2.jpg`, `part12_view3.png` and `7_flip_h.png`, `10 (2).jpg`."""

SHARE = 0.8
"""Of the images: so many must be of a part with several, for a form to be suggested."""

LARGEST = 50
"""Images of one part at most: more are a series, such as a day's or a camera's."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A regular expression for names, and how many parts it would make of the images."""

    pattern: str
    parts: int


def suggested_pattern(paths: Sequence[PurePath]) -> Suggestion | None:
    """What names that look like several images of each part suggest; None for ordinary numbered names.

    They look like it if nearly all images are of parts with several, of none too many; and either the part alone is a
    name, too (`10.jpg` beside `10_0.jpg`), or what follows it is the same few endings again (`_view1`, `_view2`).
    """
    for form in FORMS:
        parts = _parts(paths, re.compile(form))
        if parts is not None:
            return Suggestion(form, parts)
    return None


def _parts(paths: Sequence[PurePath], pattern: re.Pattern[str]) -> int | None:
    """How many parts a form makes of the images, or None if these names do not look like it."""
    parts, endings, alone = Counter[str](), Counter[str](), Counter[str]()
    for path in paths:
        match = pattern.match(path.name)
        if match is None:
            alone[path.stem] += 1
        else:
            parts[match.group(1)] += 1
            endings[path.name[match.end(1) :]] += 1
    if len(parts) < FEWEST or max(parts.values()) > LARGEST:
        return None
    originals = parts.keys() & alone.keys()
    several = sum(count + alone[part] for part, count in parts.items() if count > 1 or part in originals)
    if several < SHARE * len(paths):
        return None
    repeated = sum(count for count in endings.values() if count > 1)
    recurring = repeated >= SHARE * parts.total() and len(endings) <= len(parts)
    if len(originals) >= SHARE * len(parts) or recurring:
        return len(parts) + sum(stem not in parts for stem in alone)
    return None
