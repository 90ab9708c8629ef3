"""The normal images that a bundle was fitted on: recording, archiving and finding them again."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from service.record.image_archive import Archive
from service.scoring.bundle import Bundle
from service.scoring.formats.signatures import suffix
from service.scoring.manifest import Sha256
from service.scoring.printable import printable, unprinted
from training.data.normal_set import ImageFile
from training.data.pixels import read_image
from training.data.split import Split
from training.errors import TrainingError
from training.progress import Progress

NORMAL_SET = "normal-set.jsonl"

SMALLEST_SHARE = 0.8
"""With fewer of its images found again, a set is another one."""

Role = Literal["fit", "validation", "calibration", "unused"]


class TrainingImage(BaseModel):
    """One line of normal-set.jsonl."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: Sha256
    path: str
    """Where it was, absolute, on the machine of the fit; bytes that are no UTF-8 as in `printable`."""
    role: Role
    original: bool = True
    """Whether it is of the set that the stream began with, not collected from the line later."""


def training_images(split: Split, collected: frozenset[str]) -> bytes:
    """The lines of a split; `collected` are the digests of images that are not of the original set.

    In folds images that calibrate are learnt from, too: that they calibrate is what counts.
    """
    roles: dict[Role, Sequence[ImageFile]] = {
        "fit": split.fit,
        "validation": split.validation,
        "calibration": split.calibration,
        "unused": split.unused,
    }
    lines = {
        image.digest: TrainingImage(
            sha256=image.digest, path=printable(image.path.resolve()), role=role, original=image.digest not in collected
        )
        for role, images in roles.items()
        for image in images
    }
    return "".join(f"{line.model_dump_json()}\n" for line in lines.values()).encode()


def read_training_images(bundle: Bundle) -> list[TrainingImage]:
    """The images that a bundle was fitted on.

    Raises:
        TrainingError: if it has no record of them that can be read.
    """
    if NORMAL_SET not in bundle.manifest.files:
        raise TrainingError(
            f"expected {NORMAL_SET} in bundle {bundle.id}, found none: it was fitted by an earlier release; "
            "fit its images once more with linewatch-train fit, and promote that bundle"
        )
    try:
        return [
            TrainingImage.model_validate_json(line) for line in (bundle.path / NORMAL_SET).read_bytes().splitlines()
        ]
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"expected an image in JSON a line in {NORMAL_SET} of bundle {bundle.path}, found none that can be read; "
            "copy the bundle again"
        ) from error


@dataclass(frozen=True, slots=True)
class FoundImages:
    """The images of a normal set that are in a folder now, and how many were wanted."""

    images: dict[Path, TrainingImage]
    wanted: int

    def __str__(self) -> str:
        return f"{len(self.images)} of {self.wanted} images of the previous normal set found"


def copy_images(normals: Sequence[TrainingImage], into: Path, archive: Archive, progress: Progress) -> FoundImages:
    """Copy images into a folder, from where they were if they are unaltered, else from the archive.

    Raises:
        TrainingError: if too few are found.
        ArchiveError: if the archive cannot be read.
    """
    into.mkdir(parents=True, exist_ok=True)
    found: dict[Path, TrainingImage] = {}
    for normal in progress.track(normals, "finding the previous normal set", len(normals)):
        image = _at_its_path(normal) or archive.read(normal.sha256)
        if image is not None:
            path = into / f"{normal.sha256}{suffix(image)}"
            path.write_bytes(image)
            found[path] = normal
    if len(found) < SMALLEST_SHARE * len(normals):
        raise TrainingError(
            f"expected at least {SMALLEST_SHARE:.0%} of the {len(normals)} images that the champion was fitted on, "
            f"found {len(found)} at their paths or in the archive {archive.root}; mount their folder where it was, or "
            "name the archive that linewatch-train fit --archive stored them in"
        )
    result = FoundImages(found, len(normals))
    progress.say(str(result))
    return result


def archive_images(images: Iterable[ImageFile], archive: Archive) -> None:
    """Put normal images into the archive.

    Raises:
        ArchiveError: if it cannot be written.
    """
    for image in images:
        archive.put(read_image(image.path))


def _at_its_path(normal: TrainingImage) -> bytes | None:
    for path in dict.fromkeys((normal.path, unprinted(normal.path))):
        try:
            image = read_image(Path(path))
        except OSError:
            continue
        if hashlib.sha256(image).hexdigest() == normal.sha256:
            return image
    return None
