"""Files excluded from a set of images, each with its reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from training.progress import Progress


class ExclusionReason(StrEnum):
    """Why a file is left out."""

    UNREADABLE = "unreadable"
    ODD_SIZE = "odd size"
    DUPLICATE = "duplicate"
    NOT_AN_IMAGE = "not an image"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not used, and why."""

    path: Path
    why: ExclusionReason
    detail: str


def counts(files: Iterable[LeftOut]) -> dict[str, int]:
    """Reason -> number of files."""
    return dict(Counter(str(file.why) for file in files))


def report_left_out(files: Iterable[LeftOut], progress: Progress) -> None:
    """Show one line for each file."""
    for file in files:
        progress.say(f"left out, {file.why}: {file.path} ({file.detail})")
