"""Copies of one photograph, as augmenting a folder makes them: mirrored, turned, cropped, in other light.

Candidates are pairs with many points in common that few other images have (`copy_candidates`). A pair is then proven
twice. Points that only they share must lie alike, up to one turn, scale and shift: what every part of a set has, such
as a rim, has the same points in many images, and does not count. And after exact alignment the fine structure must
agree nearly everywhere, not only along the edges that all parts have, and clearly better than with other images of the
set: down to the grain of the one exposure.
"""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.copy_candidates import candidates
from training.data.copy_points import MIRRORED, POINTS

NEARER = 0.85
"""Points are only this pair's if their descriptors are this much nearer than usual."""

POINTS_ALIKE = 10
"""Places, of PLACE pixels a side, with such points that lie alike."""
PLACE = 6
REACH = 3.0
"""Pixels that points may be aside."""

SMALLEST_SCALE = 0.55
"""And its inverse is the largest: crops to 70 % of the side, with room."""

SHARE = 0.3
"""Of the picture that both must show."""

FINE, COARSE = 1.0, 3.0
"""Structure between these standard deviations of a gaussian, in pixels, is compared."""
BLOCK = 17
"""In blocks of so many pixels a side, at each half of one."""

LIKENESS = 0.8
"""Correlation of structure that three of four blocks exceed. Measured with copies of 60 images of each of five public
sets: of different parts, however alike, hardly any pair has both this and the points."""

NEARER_THAN_OTHERS, OTHERS = 0.5, 5
"""What is missing to a correlation of 1 must be at most this share of what is missing, in the median, to so many others
of the set: parts that lie alike in a fixture agree in most of what is seen, and none of them are copies."""

STEPS = cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 15, 1e-3
"""Of the alignment of pixels."""

AT_A_TIME = 64
"""Pairs that are proven at a time; those already joined through others are not tried."""

Warp = NDArray[np.float64]
"""Affine, [2, 3]: from pixels of one picture to those of the other."""


def copies(records: NDArray[np.void], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Pairs of images, [m, 2], that are copies: enough to connect all that were found. Image n is records[rows[n]]."""
    pairs, usual = candidates(records, rows)
    group = np.arange(len(rows))
    proven: list[tuple[int, int]] = []

    def are(pair: tuple[int, int]) -> bool:
        one, other = (records[rows[place]] for place in pair)
        alike = likeness(one, other, usual[pair[0]])
        if alike < LIKENESS:
            return False
        others = (records[rows[place]] for place in _others(len(rows), pair))
        return 1.0 - alike <= NEARER_THAN_OTHERS * (1.0 - _likeness_to(one, others))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(pairs), AT_A_TIME):
            open_pairs = [(int(a), int(b)) for a, b in pairs[first : first + AT_A_TIME] if group[a] != group[b]]
            for (a, b), alike in zip(open_pairs, pool.map(are, open_pairs), strict=True):
                if alike:
                    group[group == group[b]] = group[a]
                    proven.append((a, b))
    return np.array(proven, np.intp).reshape(-1, 2)


def _others(total: int, pair: tuple[int, int]) -> list[int]:
    """Some other images, always the same for a pair."""
    drawn = np.random.default_rng(pair).integers(total, size=2 * OTHERS)
    return [place for place in np.unique(drawn).tolist() if place not in pair][:OTHERS]


def _likeness_to(one: np.void, others: Iterable[np.void]) -> float:
    """How alike an image and any other of the set are: the median."""
    anything = np.full((2, POINTS), np.inf, np.float32)
    return float(np.median([likeness(one, other, anything) for other in others] or [0.0]))


def likeness(one: np.void, other: np.void, usual: NDArray[np.float32]) -> float:
    """How alike two images are, aligned by points they share, as they are or mirrored; 0 if they share too few.

    It is the correlation of fine structure that three of four blocks exceed; `usual` as of `candidates`, of one.
    """
    best = 0.0
    for mirrored in (False, True):
        warp = _lie_alike(one, other, usual[int(mirrored)], mirrored=mirrored)
        if warp is not None:
            best = max(best, _correlation(_picture(one, mirrored=mirrored), _picture(other), warp))
            if best >= LIKENESS:
                break
    return best


def _lie_alike(one: np.void, other: np.void, usual: NDArray[np.float32], *, mirrored: bool) -> Warp | None:
    """The turn, scale and shift by which enough of the points that only these two share lie alike."""
    here, there = one["places"][: one["points"]].copy(), other["places"][: other["points"]]
    if min(len(here), len(there)) < POINTS_ALIKE:
        return None
    if mirrored:
        here[:, 0] = one["width"] - 1 - here[:, 0]
    i, j = _shared(one, other, usual, mirrored=mirrored)
    if len(i) < POINTS_ALIKE:
        return None
    warp, lies = cv2.estimateAffinePartial2D(
        here[i], there[j], method=cv2.RANSAC, ransacReprojThreshold=REACH, maxIters=300
    )
    if warp is None or not SMALLEST_SCALE < float(np.hypot(warp[0, 0], warp[1, 0])) < 1.0 / SMALLEST_SCALE:
        return None
    places = np.unique(there[j][lies.ravel() > 0] // PLACE, axis=0)
    return np.asarray(warp, np.float64) if len(places) >= POINTS_ALIKE else None


def _shared(
    one: np.void, other: np.void, usual: NDArray[np.float32], *, mirrored: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Points of both, each the nearest of the other's, that are nearer than is usual in the set."""
    a, b = (np.asarray(each["descriptors"][: each["points"]], np.float32) for each in (one, other))
    if mirrored:
        a = a[:, MIRRORED]
    found = cv2.BFMatcher(cv2.NORM_L2, crossCheck=True).match(a, b)
    own = [(pair.queryIdx, pair.trainIdx) for pair in found if pair.distance < NEARER * usual[pair.queryIdx]]
    i, j = np.array(own, np.intp).reshape(-1, 2).T
    return i, j


def _picture(record: np.void, *, mirrored: bool = False) -> NDArray[np.float32]:
    picture = record["picture"][: record["height"], : record["width"]]
    return np.ascontiguousarray(picture[:, ::-1] if mirrored else picture, np.float32)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32], warp: Warp) -> float:
    """The correlation of fine structure that three of four blocks exceed, after alignment; 0 if too little is shown."""
    back = _aligned(one, other, cv2.invertAffineTransform(warp).astype(np.float32))
    size, how = other.shape[::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(np.ones_like(one), back, size, flags=how) > 0.99  # noqa: PLR2004 - all but rounding
    shown = cv2.erode(shown.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if shown.mean() < SHARE:
        return 0.0
    moved = np.asarray(cv2.warpAffine(one, back, size, flags=how, borderMode=cv2.BORDER_REFLECT), np.float32)
    return _least_of_most(_fine(moved) * shown, _fine(other) * shown, shown)


def _aligned(one: NDArray[np.float32], other: NDArray[np.float32], back: NDArray[np.float32]) -> NDArray[np.float32]:
    """The affine map that aligns best, sought from a near one: points are a pixel or two inexact.

    Source: Evangelidis & Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient Maximization",
    IEEE Transactions on Pattern Analysis and Machine Intelligence 30 (2008).
    """
    try:
        everywhere = np.ones(other.shape, np.uint8)
        _, found = cv2.findTransformECC(other, one, back.copy(), cv2.MOTION_AFFINE, STEPS, everywhere, 3)
    except cv2.error:  # it did not converge: then the pixels say so, too
        return back
    return np.asarray(found, np.float32)


def _fine(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    finer, coarser = (cv2.GaussianBlur(picture, (0, 0), scale) for scale in (FINE, COARSE))
    return np.asarray(finer - coarser, np.float32)


def _least_of_most(one: NDArray[np.float32], other: NDArray[np.float32], shown: NDArray[np.bool_]) -> float:
    """The lower quartile of the correlations of blocks."""

    def summed(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.boxFilter(values, -1, (BLOCK, BLOCK)), np.float32)

    correlation = summed(one * other) / np.sqrt(summed(one * one) * summed(other * other) + 1e-6)
    half = BLOCK // 2
    blocks = correlation[half::half, half::half][shown[half::half, half::half]]
    return float(np.quantile(blocks, 0.25)) if len(blocks) else 0.0
