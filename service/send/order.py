"""The order in which files are sent: by the time of writing, and where that is equal, by name with its numbers."""

import re

from service.send.files import FoundFile

_NUMBER = re.compile(r"([0-9]{1,300})")

Key = tuple[int, tuple[tuple[int, int, str], ...], bytes]


def order(file: FoundFile) -> Key:
    """What files are sorted by: `img_9.png` comes before `img_10.png`."""
    return file.state.modified_ns, _natural(file.below.as_posix()), file.identity


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(part), "") if _NUMBER.fullmatch(part) else (1, 0, part) for part in _NUMBER.split(text))
