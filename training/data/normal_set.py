"""The normal set: scanning a folder's normal images, and excluding those that cannot be used."""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from service.scoring.decoding import decode
from service.scoring.image import ImageRejected
from service.scoring.name_pattern import NamePattern
from service.scoring.unlike_fit import ASPECT_FACTOR, SIZE_FACTOR
from training.data.exclusions import ExclusionReason, LeftOut, counts
from training.data.folder import Layout
from training.data.frozen_camera import refuse_frozen_camera
from training.data.mapped import mapped
from training.data.naming import named
from training.data.part_names import part_names
from training.data.parts import LOOK, find_parts, look_at
from training.data.pixels import LIMITS, pixel_digest, read_image
from training.errors import TrainingError
from training.progress import Progress

TOLERATED_SHARE = 0.05
"""Up to this share of the images may be left out as unreadable or odd; more means something is wrong."""

SPREADS = 6.0
"""An odd size is off by these factors AND by this many robust standard deviations of the set's own spread."""

IN_FLIGHT = 256
"""Images that wait to be read, or to be taken in, at a time."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A readable image: the SHA-256 of its file, and what it decodes to; sizes in pixels."""

    path: Path
    digest: str
    height: int
    width: int
    bit_depth: int
    colour: bool
    duplicate_of: str | None = None
    """The smallest digest among the images of its part, its own included; None for one without others."""
    pixel_digest: str = ""
    """Of what it decodes to: files that differ in format or metadata alone share it."""

    @property
    def part(self) -> str:
        """The same for all images that show the same part."""
        return self.duplicate_of or self.digest


@dataclass(frozen=True, slots=True)
class NormalSet:
    """The usable normal images, each picture once, all of one bit depth, and what was left out."""

    images: tuple[ImageFile, ...]
    left_out: tuple[LeftOut, ...]
    too_large_group: int = 0
    """Size of a group of near-duplicates that is too large to be one part: no images were then kept together."""
    copied: int = 0
    """How many images are copies of one another: mirrored, turned, cropped, in other light."""
    photographs: int = 0
    """How many photographs those are copies of."""
    too_many_copies: int = 0
    """Size of a group of copies that is too large to be one part: no copies were then kept together."""
    unnamed: int = 0
    """How many images have names that give no part, where names were asked."""

    @property
    def parts(self) -> int:
        """How many different parts the images show: near-duplicates and copies are of one part."""
        return len({image.part for image in self.images})

    @property
    def near_duplicates(self) -> int:
        """How many images show a part that others show, too."""
        return sum(image.duplicate_of is not None for image in self.images)

    @property
    def parts_with_duplicates(self) -> int:
        """How many different parts those show."""
        return len({image.duplicate_of for image in self.images} - {None})

    @property
    def digest(self) -> str:
        """The SHA-256 over the sorted SHA-256s of the images: independent of names and order."""
        return hashlib.sha256("\n".join(sorted(image.digest for image in self.images)).encode()).hexdigest()


def scan(layout: Layout, progress: Progress, part_from_name: NamePattern | None = None) -> NormalSet:
    """Read every normal image once; sort out what cannot be used, and find which of the rest show the same part.

    Args:
        layout: where the images are.
        progress: told how far it is.
        part_from_name: its first group is the part, in a file's name; None: names say nothing.

    Raises:
        TrainingError: if no image is usable, too many are unreadable or of odd size, too many are one picture, or bit
            depths are mixed.
    """
    left_out = list(layout.left_out)
    if not layout.normal:
        raise TrainingError(_nothing_usable(layout, left_out))
    with TemporaryDirectory(prefix="linewatch-scan-") as folder:
        kept = np.asarray(mapped(Path(folder) / "looks", LOOK, (len(layout.normal),)))
        return _scan(layout, left_out, kept, part_from_name, progress)


def _scan(
    layout: Layout,
    left_out: list[LeftOut],
    kept: NDArray[np.void],
    part_from_name: NamePattern | None,
    progress: Progress,
) -> NormalSet:
    """With room on disk for what is compared of each image: in memory it would grow with the set."""
    images: list[ImageFile] = []
    rows: dict[str, int] = {}
    for found in progress.track(_read_all(layout.normal), "checking images", len(layout.normal)):
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            image, look = found
            rows[image.digest] = len(images)
            kept[len(images)] = look
            images.append(image)
    if not images:
        raise TrainingError(_nothing_usable(layout, left_out))
    _refuse_mixed_depths(images)
    refuse_frozen_camera([(image.pixel_digest, image.path) for image in images])
    images, duplicates = _without_duplicates(images)
    images, odd = _without_odd_sizes(images)
    left_out += duplicates + odd
    _refuse_too_many([item for item in left_out if item.why is ExclusionReason.UNREADABLE], len(layout.normal))
    _refuse_too_many(odd, len(layout.normal))
    return _with_parts(images, tuple(left_out), kept, rows, part_from_name)


def _read_all(paths: Sequence[Path]) -> Iterator[tuple[ImageFile, NDArray[np.void]] | LeftOut]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(paths), IN_FLIGHT):
            yield from pool.map(_read, paths[first : first + IN_FLIGHT])


def _read(path: Path) -> tuple[ImageFile, NDArray[np.void]] | LeftOut:
    try:
        data = read_image(path)
        pixels = decode(data, LIMITS)
    except (OSError, ImageRejected) as error:
        return LeftOut(path, ExclusionReason.UNREADABLE, str(error))
    image = ImageFile(
        path=path,
        digest=hashlib.sha256(data).hexdigest(),
        height=pixels.shape[0],
        width=pixels.shape[1],
        bit_depth=pixels.dtype.itemsize * 8,
        colour=pixels.ndim == 3,  # noqa: PLR2004 - height, width, channels
        pixel_digest=pixel_digest(pixels),
    )
    return image, look_at(pixels)


def _with_parts(
    images: Sequence[ImageFile],
    left_out: tuple[LeftOut, ...],
    looks: NDArray[np.void],
    rows: Mapping[str, int],
    part_from_name: NamePattern | None,
) -> NormalSet:
    """Mark images of one part; they are found in order of content, so that names cannot matter by themselves."""
    order = sorted(images, key=lambda image: image.digest)
    names = None if part_from_name is None else part_names([image.path for image in order], part_from_name)
    found = find_parts(looks, np.array([rows[image.digest] for image in order], np.intp), names)
    members: dict[int, list[ImageFile]] = defaultdict(list)
    for label, image in zip(found.labels.tolist(), order, strict=True):
        members[label].append(image)
    first = {image.digest: same[0].digest for same in members.values() if len(same) > 1 for image in same}
    return NormalSet(
        images=tuple(replace(image, duplicate_of=first.get(image.digest)) for image in images),
        left_out=left_out,
        too_large_group=found.too_large,
        copied=found.copied,
        photographs=found.photographs,
        too_many_copies=found.too_many_copies,
        unnamed=0 if names is None else names.count(None),
    )


def _without_duplicates(images: Iterable[ImageFile]) -> tuple[list[ImageFile], list[LeftOut]]:
    """Keep the first file of each picture: the same part twice would count as two independent ones."""
    first: dict[str, ImageFile] = {}
    duplicates = []
    for image in images:
        kept = first.setdefault(image.pixel_digest, image)
        if kept is not image:
            same = "content" if image.digest == kept.digest else "pixels"
            duplicates.append(LeftOut(image.path, ExclusionReason.DUPLICATE, f"same {same} as {kept.path}"))
    return list(first.values()), duplicates


def _without_odd_sizes(images: Sequence[ImageFile]) -> tuple[list[ImageFile], list[LeftOut]]:
    """Separate stray thumbnails and the like, without splitting a set whose sizes vary by nature."""
    sizes = np.log([[image.height, image.width] for image in images])
    aspects = sizes[:, :1] - sizes[:, 1:]
    odd = _stray(sizes, SIZE_FACTOR) | _stray(aspects, ASPECT_FACTOR)
    height, width = np.exp(np.median(sizes, axis=0)).round().astype(int)
    left_out = [
        LeftOut(
            image.path, ExclusionReason.ODD_SIZE, f"{image.width}x{image.height} among images of about {width}x{height}"
        )
        for image, is_odd in zip(images, odd, strict=True)
        if is_odd
    ]
    return [image for image, is_odd in zip(images, odd, strict=True) if not is_odd], left_out


def _stray(logs: np.ndarray, tolerance: float) -> np.ndarray:
    """Which rows of [n, k] logarithms lie far from the median; the spread is the scaled median deviation."""
    away = np.abs(logs - np.median(logs, axis=0))
    spread = 1.4826 * np.median(away, axis=0)
    far: np.ndarray = (away > np.maximum(np.log(tolerance), SPREADS * spread)).any(axis=1)
    return far


def _refuse_mixed_depths(images: Sequence[ImageFile]) -> None:
    depths = Counter(image.bit_depth for image in images)
    if len(depths) == 1:
        return
    (most, usual), (few, strays) = depths.most_common()
    names = named([image.path for image in images if image.bit_depth == few])
    raise TrainingError(
        f"expected one bit depth, found {usual} images of {most} bits and {strays} of {few} bits ({names}); "
        "remove or convert the odd ones"
    )


def _refuse_too_many(left_out: Sequence[LeftOut], total: int) -> None:
    if len(left_out) > max(1, TOLERATED_SHARE * total):
        raise TrainingError(
            f"expected nearly all of the {total} images to be usable, found {len(left_out)} {left_out[0].why} "
            f"({named([item.path for item in left_out])}; the first: {left_out[0].detail.rstrip('.')}); "
            "repair or remove them"
        )


def _nothing_usable(layout: Layout, left_out: Sequence[LeftOut]) -> str:
    if not layout.normal:
        others = counts(layout.left_out)
        named_others = ", ".join(f"{files} {why}" for why, files in others.items())
        found = f"none (left out: {named_others})" if others else "an empty folder"
    else:
        first = next(item for item in left_out if item.why is ExclusionReason.UNREADABLE)
        found = f"{len(layout.normal)} that cannot be read (the first, {named([first.path])}: {first.detail})"
    return f"expected normal images (JPEG, PNG, BMP, TIFF), found {found}; check DATA"
