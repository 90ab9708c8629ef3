"""Groups of near-duplicates within a set: photographs of one part, in other light or a few pixels aside.

They are found by pixels alone, and by comparison with the set they are in. What sets an image apart from its set is
compared for every pair, at small shifts. Among different parts, however alike, pairs thin out steadily towards the
most alike: if parts differ in at least one continuous way (angle, place, shade), then half the distance leaves at
most half of the pairs. Photographs of one part break that rule: many close pairs, then a gap. Only such a gap counts,
and the pairs on its near side are joined; a group is a connected component of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from training.data.grey import grey
from training.data.mapped import mapped

Thumbnail = NDArray[np.float32]
"""Grey, [SIDE, SIDE], on the image's own scale."""

SIDE = 32
COARSE = 4.0
"""Light and shade coarser than this many pixels (standard deviation of a gaussian) are taken out."""

REACH = 2
"""Pairs are compared at all shifts up to this many pixels of the thumbnail, a sixteenth of the image."""

COMMON_SHARE = 0.05
COMMON = 50
"""Principal components that parts of a set have in common: a share of the images, up to a limit."""

LIKENESS = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5)
"""Correlations from which pairs may be joined: at least half of what sets them apart from the others is the same."""

GAPS = (1.25, 1.5, 2.0)
"""How many times the distance before a gap is the distance after it."""

UNRELATED = 0.2
"""Below this correlation, pairs mean nothing: trying shifts brings unrelated thumbnails there."""

CHANCE = 1e-6
"""A gap that chance would make more often is none."""

LARGEST_SHARE = 0.1
LARGEST = 10
"""A group of more images than this, and than that share of the set, is a chain, or a set all alike."""

BLOCK = 256
"""Images that are compared at a time, each with COLUMNS others."""
COLUMNS = 8192
ROWS = 4096
"""Images whose features are made at a time."""
BINS = 2000


@dataclass(frozen=True, slots=True)
class Grouping:
    """`labels`, int [n]: images of one label show one part. `too_large`: size of a group that made all be dropped."""

    labels: NDArray[np.intp]
    too_large: int = 0


def thumbnail(pixels: NDArray[Any]) -> Thumbnail:
    """Reduce uint8 or uint16 pixels, [height, width] or [height, width, 3], to what pairs are compared by."""
    small = np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
    return grey(small)


def joined(total: int, pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """Labels, int [total], of what pairs, int [m, 2], connect."""
    first, second = pairs.T
    links = coo_array((np.ones(len(first), bool), (first, second)), shape=(total, total))
    return np.asarray(connected_components(links, directed=False)[1], np.intp)


def group(thumbnails: Sequence[Thumbnail]) -> Grouping:
    """Join images of the same part; every image is a group of its own where there is no gap.

    Features lie on disk meanwhile, 4 KB an image; time grows with the square of their number.
    """
    total = len(thumbnails)
    with TemporaryDirectory(prefix="linewatch-likeness-") as folder:
        pairs, likeness, counts = _compare(_features(thumbnails, Path(folder) / "features"))
    cut = _gap(counts)
    if cut is None:
        return Grouping(np.arange(total))
    labels = joined(total, pairs[likeness >= cut])
    largest = int(np.bincount(labels).max())
    if largest > max(LARGEST, LARGEST_SHARE * total):
        return Grouping(np.arange(total), too_large=largest)
    return Grouping(labels)


def _features(thumbnails: Sequence[Thumbnail], file: Path) -> NDArray[np.float32]:
    """What sets each image apart from its set, [n, SIDE, SIDE], of length 1 or, for an image without structure, 0."""
    total = len(thumbnails)
    rows = np.asarray(mapped(file, np.dtype(np.float32), (total, SIDE * SIDE)))
    parts = [slice(first, first + ROWS) for first in range(0, total, ROWS)]
    for part in parts:
        rows[part] = _unit(np.stack([_detail(image) for image in thumbnails[part]]).reshape(-1, SIDE * SIDE))
    mean = rows.mean(axis=0)
    for part in parts:
        rows[part] = _unit((rows[part] - mean) * rows[part].any(axis=1, keepdims=True))
    directions, shrinking = _common(rows, min(COMMON, round(COMMON_SHARE * total)))
    taper = np.hanning(SIDE + 2)[1:-1].astype(np.float32) ** 0.5  # what a shift brings in at the edges counts little
    window = np.outer(taper, taper).ravel()
    for part in parts:
        own = rows[part] + (rows[part] @ directions) * shrinking @ directions.T
        rows[part] = _unit(np.asarray(own, np.float32) * window)
    return rows.reshape(total, SIDE, SIDE)


def _common(rows: NDArray[np.float32], number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The largest principal components, [size, number + 1], and how much of each to add, [number + 1].

    That shrinks them to the smallest of these: what many share must not make any two alike.
    """
    total, size = rows.shape
    square = rows @ rows.T if total < size else rows.T @ rows  # the smaller one: they share their eigenvalues
    variances, directions = eigh(square, subset_by_index=(len(square) - 1 - number, len(square) - 1))  # ascending
    variances = np.maximum(variances, 1e-9)
    if total < size:
        directions = rows.T @ (directions / np.sqrt(variances))
    return directions, np.sqrt(variances[0] / variances) - 1.0


def _detail(image: Thumbnail) -> Thumbnail:
    """Structure without light: coarse shade taken out, contrast evened out (local contrast normalisation)."""
    fine = image - _blurred(image)
    energy = _blurred(fine * fine)
    level = np.sqrt(energy + 0.1 * energy.mean())
    detail = np.divide(fine, level, out=np.zeros_like(fine), where=level > 0)
    return np.asarray(detail - detail.mean(), np.float32)


def _blurred(image: Thumbnail) -> Thumbnail:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), COARSE), np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-6)  # noqa: PLR2004 - rounding
    return unit


def _compare(features: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.int64]]:
    """Pairs [m, 2] that might be joined, how alike they are [m], and a histogram of how alike all pairs are."""
    total, flat = len(features), features.reshape(len(features), -1)
    shifts = [(down, right) for down in range(-REACH, REACH + 1) for right in range(-REACH, REACH + 1)]
    counts = np.zeros(BINS, np.int64)
    pairs, alike = [], []
    for start in range(0, total, BLOCK):
        block = features[start : start + BLOCK]
        moved = [np.roll(block, shift, axis=(1, 2)).reshape(len(block), -1) for shift in shifts]
        for first in range(start, total, COLUMNS):
            best = _best(moved, flat[first : first + COLUMNS])
            if first == start:
                best[np.tril_indices(len(block), m=best.shape[1])] = -1.0  # each pair once, and none with itself
            counts += np.histogram(best, bins=BINS, range=(0.0, 1.001))[0]
            near = best >= LIKENESS[-1]
            pairs.append(np.add(np.argwhere(near), (start, first)))
            alike.append(best[near])
    return np.concatenate(pairs), np.concatenate(alike), counts


def _best(moved: Sequence[NDArray[np.float32]], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """How alike each image and each other one are, [block, others], at the best of all shifts of the former."""
    best = np.full((len(moved[0]), len(others)), -1.0, np.float32)
    for each in moved:
        np.maximum(best, each @ others.T, out=best)
    return best


def _gap(counts: NDArray[np.int64]) -> float | None:
    """The correlation from which pairs show the same part, or None; `counts` is the histogram of all correlations.

    With d the distance of two unit vectors, d^2 = 2 - 2 x correlation. If pairs within d are at most 1/g of those
    within g d, as among different parts, a pair within g d lies beyond d with a probability of at least 1 - 1/g.
    """
    from scipy.stats import binom  # noqa: PLC0415 - takes seconds, and every command would

    at_least = counts[::-1].cumsum()[::-1]
    edges = np.linspace(0.0, 1.001, len(counts) + 1)

    def pairs(correlation: float) -> int:
        return int(at_least[np.searchsorted(edges, correlation)])

    surest, cut = np.log(CHANCE), None
    for likeness in LIKENESS:
        for gap in GAPS:
            far = 1.0 - (1.0 - likeness) * gap * gap
            if far < UNRELATED:
                continue
            within, all_pairs = pairs(likeness), pairs(far)
            chance = binom.logcdf(all_pairs - within, all_pairs, 1.0 - 1.0 / gap) if within else 0.0
            if chance < surest:
                surest, cut = chance, float(likeness)
    return cut
