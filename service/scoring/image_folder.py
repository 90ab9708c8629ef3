"""The image files in a folder: which of its files count, and which are passed over. One rule for every command.

Images are chosen by their names, at any depth. What a system or a file manager keeps beside them is no part of the
set: names that begin with a dot, and those in SYSTEM. Linked folders are followed, each real folder once.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from pathlib import Path

from service.scoring.formats.signatures import is_image_file_name

SYSTEM = frozenset(
    {
        *("@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"),  # network storage
        *(
            "$recycle.bin",
            "recycler",
            "system volume information",
            "thumbs.db",
            "ehthumbs.db",
            "desktop.ini",
        ),  # Windows
        *("__macosx", "network trash folder", "temporary items", "icon\r"),  # macOS
        "lost+found",
    }
)
"""Names, in lower case, of files and folders that systems put beside a person's own. Most others begin with a dot."""


class PassedOver(StrEnum):
    """Why a file or folder is passed over."""

    HIDDEN = "hidden"
    SYSTEM = "system file"
    NOT_AN_IMAGE = "not an image"
    LINKED_AGAIN = "linked again"
    UNREADABLE_FOLDER = "unreadable folder"


@dataclass(frozen=True, slots=True)
class Passed:
    """A file or folder that is passed over, why, and how many files that are."""

    path: Path
    why: PassedOver
    detail: str
    files: int = 1


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """Files whose names are those of images, sorted by path, and all else. A file may still be damaged, or a FIFO."""

    images: tuple[Path, ...]
    passed: tuple[Passed, ...]


def find_image_files(root: Path, *, within: Collection[Path] = (), apart: Collection[Path] = ()) -> ImageFolder:
    """Look through a folder, whatever its own name is.

    Args:
        root: the folder.
        within: other folders that are looked through by themselves: a link into one of them is not followed.
        apart: folders in it that are not looked into, nor counted.

    Raises:
        OSError: naming it, if the folder itself cannot be read.
    """
    walk = _Walk([os.path.realpath(each) for each in (root, *within)], frozenset(apart))
    os.scandir(root).close()
    walk.go(root)
    return ImageFolder(tuple(sorted(walk.images)), tuple(sorted(walk.passed, key=lambda each: each.path)))


def is_passed_over(name: str) -> PassedOver | None:
    """Whether a name is hidden or a system's; None if it is a person's."""
    if name.startswith("."):
        return PassedOver.HIDDEN
    return PassedOver.SYSTEM if name.lower() in SYSTEM else None


@dataclass(slots=True)
class _Walk:
    bounds: list[str]
    """Real paths of folders that are looked through anyway."""
    apart: frozenset[Path]
    images: list[Path] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)
    links: list[Path] = field(default_factory=list)
    """A heap, so that of several links to one folder always the first by path is followed."""

    def go(self, root: Path) -> None:
        """Real folders first, so that a folder is found at its own place before a link leads there."""
        self._look_through(root)
        while self.links:
            link = heappop(self.links)
            if (why := self._why_not(link)) is None:
                self._look_through(link)
            else:
                self.passed.append(Passed(link, PassedOver.LINKED_AGAIN, why))

    def _why_not(self, link: Path) -> str | None:
        target = os.path.realpath(link)
        if any(_holds(target, below) for below in (os.path.realpath(link.parent), *self.bounds)):
            return f"a link to {target}, which leads back here"
        if any(_holds(bound, target) and not _in_passed_over(bound, target) for bound in self.bounds):
            return f"a link to {target}, in a folder that is looked through by itself"
        return None

    def _look_through(self, top: Path) -> None:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                found = folder.stat()
                if (found.st_dev, found.st_ino) in self.seen:
                    self.passed.append(Passed(folder, PassedOver.LINKED_AGAIN, "a folder that was looked through"))
                    continue
                self.seen.add((found.st_dev, found.st_ino))
                with os.scandir(folder) as entries:
                    waiting += [folder / each.name for each in entries if self._is_own_folder(folder / each.name, each)]
            except OSError as error:
                why = f"it cannot be looked through: {error.strerror or error}"
                self.passed.append(Passed(folder, PassedOver.UNREADABLE_FOLDER, why))

    def _is_own_folder(self, path: Path, entry: "os.DirEntry[str]") -> bool:
        """Take in one entry; whether it is a folder to look through next."""
        is_folder = _is_folder(entry)
        if path in self.apart:
            return False
        if (why := is_passed_over(entry.name)) is not None:
            self._pass_over(path, why, is_folder=is_folder and not entry.is_symlink())
        elif is_folder and entry.is_symlink():
            heappush(self.links, path)
        elif is_folder:
            return True
        elif is_image_file_name(path):
            self.images.append(path)
        else:
            self.passed.append(Passed(path, PassedOver.NOT_AN_IMAGE, "no image by its name"))
        return False

    def _pass_over(self, path: Path, why: PassedOver, *, is_folder: bool) -> None:
        if not is_folder:
            self.passed.append(Passed(path, why, "of the system or hidden, by its name"))
            return
        files = list(_files(path))
        if files:
            images = sum(map(is_image_file_name, files))
            detail = f"a folder; files in it: {len(files)}, images by their names: {images}"
            self.passed.append(Passed(path, why, detail, len(files)))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or where nobody may look
        return False


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder; links are not followed, and what cannot be read is one."""
    unreadable: list[OSError] = []
    for parent, _, names in os.walk(folder, onerror=unreadable.append):
        yield from (Path(parent, name) for name in names)
    yield from (Path(error.filename) for error in unreadable)


def _in_passed_over(folder: str, path: str) -> bool:
    """Whether a folder between the two is passed over, so that only a link leads there."""
    return any(map(is_passed_over, Path(path).relative_to(folder).parts))


def _holds(folder: str, path: str) -> bool:
    """Whether a real path is this folder's, or inside it."""
    return os.path.commonpath((folder, path)) == folder
