"""Looking for image files in the given folders, again and again: what there is now, and what cannot be looked at."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from service.scoring.image_folder import Passed, PassedOver, find_image_files
from service.send.files import FoundFile, State


@dataclass(frozen=True, slots=True)
class Look:
    """All files of one look, by identity; those that are passed over; what could not be looked at, and why."""

    files: dict[bytes, FoundFile]
    passed: tuple[Passed, ...]
    troubles: dict[Path, str]


class Looker:
    """Looks through files and folders, by the rule for which files count that all commands have."""

    def __init__(self, given: Sequence[Path], apart: Sequence[Path]) -> None:
        """`apart` are folders that are not looked into, such as where files are moved to."""
        self._given = tuple(given)
        self._apart = tuple(apart)

    def look(self) -> Look:
        """What there is now; a folder that cannot be read is a trouble, and never an error."""
        files, passed, troubles = dict[bytes, FoundFile](), list[Passed](), dict[Path, str]()
        for given in self._given:
            try:
                paths, left_out = self._below(given)
            except OSError as error:
                troubles[given] = error.strerror or str(error)
                continue
            passed += left_out
            troubles |= {each.path: each.detail for each in left_out if each.why is PassedOver.UNREADABLE_FOLDER}
            root = given if given.is_dir() else given.parent
            real = os.path.realpath(root)
            for path in paths:
                try:
                    found = _found(path, path.relative_to(root), real)
                except FileNotFoundError:
                    continue  # gone since
                except OSError as error:
                    troubles[path] = error.strerror or str(error)
                else:
                    files.setdefault(found.identity, found)
        return Look(files, tuple(passed), troubles)

    def _below(self, given: Path) -> tuple[Sequence[Path], Sequence[Passed]]:
        if not given.is_dir():
            return [given] if given.exists() or given.is_symlink() else [], ()
        found = find_image_files(given, apart=_within(given, self._apart))
        return found.images, found.passed


def _found(path: Path, below: PurePath, real: str) -> FoundFile:
    return FoundFile(path, below, os.fsencode(os.path.join(real, below)), State.of(path.stat()))  # noqa: PTH118


def _within(root: Path, folders: Sequence[Path]) -> list[Path]:
    """These folders as paths below `root`, where they are in it."""
    real = Path(os.path.realpath(root))
    resolved = (Path(os.path.realpath(each)) for each in folders)
    return [root / each.relative_to(real) for each in resolved if each != real and each.is_relative_to(real)]
