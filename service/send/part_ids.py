"""Part ids of image files, which become the keys of their records: name, stem, path, or a group of the name."""

import os
from collections.abc import Callable
from pathlib import PurePath

from service.errors import Misuse
from service.scoring.name_pattern import name_pattern

EXAMPLE = r"^(part\d+)_"

PartId = Callable[[PurePath], bytes]
"""From a file's path below its folder to the part id: the bytes of the name, which may be no UTF-8."""

_RULES: dict[str, PartId] = {
    "name": lambda path: os.fsencode(path.name),
    "stem": lambda path: os.fsencode(path.stem),
    "path": lambda path: os.fsencode(path.as_posix()),
}


def part_id_rule(text: str) -> PartId:
    """The rule that `--key` names: `name`, `stem`, `path`, or a regular expression whose first group is the part.

    Where the expression finds nothing in a file's name, the part is the stem.

    Raises:
        Misuse: if it is no regular expression, or has no group; from the rule, if it backtracks without end.
    """
    if text in _RULES:
        return _RULES[text]
    try:
        pattern = name_pattern(text, "--key", "the part", EXAMPLE)
    except ValueError as error:
        raise Misuse(f"{error} (or give name, stem or path)") from error

    def from_name(path: PurePath) -> bytes:
        try:
            return os.fsencode(pattern.first_group(path.name) or path.stem)
        except ValueError as error:
            raise Misuse(str(error)) from error

    return from_name
