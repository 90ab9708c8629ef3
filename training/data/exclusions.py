"""Files excluded from a set of images, each with its reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from service.scoring.image_folder import ImageFolder
from training.progress import Progress


class ExclusionReason(StrEnum):
    """Why a file is left out."""

    UNREADABLE = "unreadable"
    ODD_SIZE = "odd size"
    DUPLICATE = "duplicate"
    NOT_AN_IMAGE = "not an image"
    HIDDEN = "hidden"
    SYSTEM = "system file"
    LINKED_AGAIN = "linked again"
    UNREADABLE_FOLDER = "unreadable folder"
    OUTSIDE = "outside the layout"
    UNUSABLE_MASK = "unusable mask"
    STRAY_MASK = "mask of no image"
    LEARNT = "learnt from"
    NO_MASK = "no mask"
    NO_ORIGINAL = "no clean original"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not used, or a folder of such files, and why."""

    path: Path
    why: ExclusionReason
    detail: str
    files: int = 1
    """How many these are."""


def passed_over(found: ImageFolder) -> tuple[LeftOut, ...]:
    """What was passed over in a folder."""
    return tuple(LeftOut(each.path, ExclusionReason(each.why), each.detail, each.files) for each in found.passed)


def total(files: Iterable[LeftOut]) -> int:
    """The number of files."""
    return sum(file.files for file in files)


def counts(files: Iterable[LeftOut]) -> dict[str, int]:
    """Reason -> number of files."""
    found = Counter[str]()
    for file in files:
        found[str(file.why)] += file.files
    return dict(found)


def report_left_out(files: Iterable[LeftOut], progress: Progress) -> None:
    """Show one line for each file or folder."""
    for file in files:
        progress.say(f"left out, {file.why}: {file.path} ({file.detail})")
