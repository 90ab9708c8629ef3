"""Parts of a set of images: which show the same one, by near-duplicates, by copies, and by file names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.copies import copies
from training.data.copy_points import RECORD, describe
from training.data.duplicate_groups import SIDE, group, joined, thumbnail

LOOK = np.dtype([("thumbnail", np.float32, (SIDE, SIDE)), ("copy", RECORD)])
"""What is compared of an image: 50 KB."""

LARGEST_SHARE = 0.5
"""A group of copies that is more than this share of the set, and more than LARGEST images, is not believed."""
LARGEST = 10


@dataclass(frozen=True, slots=True)
class Parts:
    """`labels`, int [n]: images of one label show one part; and how that was found."""

    labels: NDArray[np.intp]
    too_large: int = 0
    """Size of a group of near-duplicates that is too large to be one part: then none were joined."""
    copied: int = 0
    """Images that are copies of one another."""
    photographs: int = 0
    """Of which they are copies."""
    too_many_copies: int = 0
    """Size of a group of copies that is too large to be one part: then none were joined."""


def look_at(pixels: NDArray[Any]) -> NDArray[np.void]:
    """What is compared of uint8 or uint16 pixels, [height, width] or [height, width, 3]: one LOOK."""
    look = np.zeros((), LOOK)
    look["thumbnail"], look["copy"] = thumbnail(pixels), describe(pixels)
    return look


def find_parts(looks: NDArray[np.void], rows: NDArray[np.intp], names: Sequence[str | None] | None = None) -> Parts:
    """Join images of one part: near-duplicates, copies, and those whose `names` are equal.

    Args:
        looks: of images, and perhaps of others; they may lie on disk.
        rows: where those of the images are, [n].
        names: of their parts, or None where a name says nothing.
    """
    total = len(rows)
    near = group([looks["thumbnail"][row] for row in rows])
    copied = joined(total, copies(looks["copy"], rows))
    sizes = np.bincount(copied)
    largest = int(sizes.max())
    too_many = largest if largest > max(LARGEST, LARGEST_SHARE * total) else 0
    several = np.zeros(0, np.intp) if too_many else sizes[sizes > 1]
    labels = [near.labels] if too_many else [near.labels, copied]
    if names is not None:
        labels.append(_numbered(names))
    return Parts(
        labels=joined(total, np.concatenate([_links(each) for each in labels])),
        too_large=near.too_large,
        copied=int(several.sum()),
        photographs=len(several),
        too_many_copies=too_many,
    )


def _links(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Pairs [n, 2]: each image and the first of its label."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.stack([np.arange(len(labels)), first[inverse]], axis=1).astype(np.intp)


def _numbered(names: Sequence[str | None]) -> NDArray[np.intp]:
    """Labels of names; each None is a label of its own."""
    known: dict[str | int, int] = {}
    keys = (place if name is None else name for place, name in enumerate(names))
    return np.array([known.setdefault(key, len(known)) for key in keys], np.intp)
