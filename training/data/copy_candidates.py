"""Pairs of images that may be copies of one photograph: those with many points in common that few others have."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from training.data.copy_points import MIRRORED, POINTS

DIMENSIONS = 48
"""Principal components of the descriptors that are searched."""

LEARNT_FROM = 5000
"""Descriptors that those are found with."""

NEIGHBOURS = 32
"""The nearest descriptors that are looked at. The last of them shows how near is usual in this set: a part with many
more copies than this hides them."""
IMAGES_EACH = 2
"""In a small set it is one for every two images, lest what all images have look like what few have."""

NEARER = 0.75
"""A descriptor is shared by two images if it is this much nearer than usual."""

SHARED = 12
"""Descriptors that a candidate pair shares at least, counted from both images."""

CANDIDATES = 6
"""Pairs of each image at most, those that share most."""

SEARCHED = 1 << 19
"""Descriptors that are searched among, for time and memory: of more than 8192 images, fewer of each."""
FEWEST = 16
"""But at least this many of each image."""

ROWS = 1 << 13
"""Descriptors that are looked up at a time: some 20 MB."""

TREES, CHECKS = 4, 64
"""Of FLANN's randomised k-d trees: their number, and leaves that are looked at. Muja & Lowe, "Scalable Nearest Neighbor
Algorithms for High Dimensional Data", IEEE Transactions on Pattern Analysis and Machine Intelligence 36 (2014)."""


def candidates(records: NDArray[np.void], rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Pairs of images, [m, 2], from those that share most; and how near is usual, float32 [n, 2, POINTS].

    Image n is the record at `rows[n]`. How near is usual is the distance of each point's descriptor, as it is and
    mirrored, to its last neighbour. Points that were not searched have 0: they are shared with nobody.
    """
    total = len(rows)
    usual = np.zeros((total, 2, POINTS), np.float32)
    most = min(POINTS, max(FEWEST, SEARCHED // max(1, total)))
    image, point = np.nonzero(np.arange(most) < np.minimum(records["points"][rows], most)[:, None])
    neighbours = min(NEIGHBOURS, total // IMAGES_EACH)
    if neighbours < IMAGES_EACH or len(image) <= neighbours:
        return np.empty((0, 2), np.intp), usual
    mean, directions = _components(records, rows[image], point)
    searched = np.concatenate(
        [
            _descriptors(records, rows[image[block]], point[block]) @ directions - mean @ directions
            for block in _blocks(len(image))
        ]
    )
    cv2.setRNGSeed(0)  # the trees are random, and the same images must give the same pairs
    index = cv2.flann.Index(searched, {"algorithm": 1, "trees": TREES})
    links: list[NDArray[np.intp]] = []
    for side, order in enumerate((np.arange(len(MIRRORED)), MIRRORED)):
        for block in _blocks(len(image)):
            asked = _descriptors(records, rows[image[block]], point[block])[:, order] @ directions - mean @ directions
            found, squares = index.knnSearch(np.ascontiguousarray(asked), neighbours, params={"checks": CHECKS})
            distances = np.sqrt(np.maximum(squares, 0.0))
            usual[image[block], side, point[block]] = distances[:, -1]
            row, column = np.nonzero(distances < NEARER * distances[:, -1:])
            links.append(
                np.unique(np.stack([block.start + row, image[found[row, column]]], axis=1), axis=0).astype(np.int32)
            )
    asking, shown = np.concatenate(links).T
    return _most_shared(image[asking], shown, total), usual


def _blocks(total: int) -> list[slice]:
    return [slice(first, min(total, first + ROWS)) for first in range(0, total, ROWS)]


def _descriptors(records: NDArray[np.void], image: NDArray[np.intp], point: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.asarray(records["descriptors"][image, point], np.float32)


def _components(
    records: NDArray[np.void], image: NDArray[np.intp], point: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean [128] and largest principal components [128, DIMENSIONS] of some of the descriptors."""
    step = max(1, len(image) // LEARNT_FROM)
    some = _descriptors(records, image[::step], point[::step])
    mean = some.mean(axis=0)
    _, directions = np.linalg.eigh((some - mean).T @ (some - mean))  # ascending
    return mean, np.ascontiguousarray(directions[:, -DIMENSIONS:], np.float32)


def _most_shared(first: NDArray[np.intp], second: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """Pairs that share enough, at most CANDIDATES of each image, from those that share most; ends of each link [k]."""
    ends = np.minimum(first, second), np.maximum(first, second)
    both = coo_array((np.ones(len(first), np.int32), ends), shape=(total, total)).tocsr()
    both.sum_duplicates()
    found = both.tocoo()
    one, other, shared = (
        each[(found.data >= SHARED) & (found.row != found.col)] for each in (found.row, found.col, found.data)
    )
    order = np.lexsort((other, one, -shared))
    rank = np.zeros(total, np.intp)
    kept = []
    for pair in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if rank[list(pair)].min() < CANDIDATES:
            kept.append(pair)
            rank[list(pair)] += 1
    return np.array(kept, np.intp).reshape(-1, 2)
