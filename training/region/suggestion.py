"""The suggestion: what of the image is ignored where normal images never differ, or always do, and what is left."""

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from training.region.box import Box
from training.region.normal_look import WINDOW, NormalLook

FEWEST, FEWEST_PARTS = 20, 10
"""With fewer images, or ones of fewer parts, what happens to differ nowhere says little."""

NEVER = 0.1
"""Of the images' range: below it are noise, and belts and cloths that look the same but for their grain."""

FLAT = 0.1
"""Of the images' range: how far the surround's level may be from that of the image's edge."""

SURROUNDED = 0.8
"""Of the image's edge must be surround: parts that reach to it are not surrounded."""

SMALLEST_PART = 0.2
"""Of the image is left at least: a picture of a hole in a sheet is one of the sheet."""

ONE_PART = 0.8
"""Of what is left is in one piece at least."""

MARGIN = 0.015
"""Of the longest side: kept around the part, for it and for what sticks to its edge."""

ALWAYS = 0.12
"""Of the images' range: text that is another one in each image changes at least this much."""

STANDS_OUT = 1.5
"""Times more must change inside, at least, than around, at most: a part that lies now here, now there, is no text."""

CALM = 0.5
"""Of what is around must be calmer: a text may stand beside an edge that moves."""

LARGEST_FIELD, SMALLEST_FIELD = 0.05, 0.0005
"""Of the image; larger is the part itself, smaller a speck."""

FULL = 0.6
"""Of its tightest rectangle a text field fills at least; rings and outlines do not."""

CUT = 0.15
"""Of the image that a region of interest cuts off at least, to be worth it."""

Name = Literal["surround", "changing"]


@dataclass(frozen=True, slots=True)
class Area:
    """An area that could be ignored: bool [height, width] at COMPARED_SIDE, its share of the image, and why."""

    name: Name
    mask: NDArray[np.bool_]
    why: str

    @property
    def share(self) -> float:
        """Of the image, 0 to 1."""
        return float(self.mask.mean())


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Areas to ignore, and a region of interest in pixels of the original images."""

    areas: tuple[Area, ...] = ()
    roi: Box | None = None
    why_roi: str = ""
    why_none: str = ""
    """In place of areas."""


def suggest(look: NormalLook, height: int, width: int) -> Suggestion:
    """Suggest what to ignore of images [height, width].

    Nothing is suggested unless it is clear: what is ignored is not inspected.
    """
    if look.images < FEWEST or look.parts < FEWEST_PARTS:
        return Suggestion(
            why_none=f"Nothing is suggested: to see what never differs, {FEWEST} images of one size and {FEWEST_PARTS} "
            f"different parts are needed, found {look.images} images of {look.parts}."
        )
    surround, changing = _surround(look), _changing(look)
    areas = []
    if surround is not None:
        share = f"{surround.mean():.0%}"
        areas.append(
            Area(
                "surround",
                surround,
                f"Around the part normal images never differ: one even tone up to the edge ({share} of the image).",
            )
        )
    if changing.any():
        fields = cv2.connectedComponents(changing.astype(np.uint8))[0] - 1
        share, where = f"{changing.mean():.1%}", "one place" if fields == 1 else f"{fields} places"
        areas.append(
            Area(
                "changing",
                changing,
                f"At {where} every normal image differs strongly from the others, as a date or a serial number does "
                f"({share} of the image).",
            )
        )
    roi = None if surround is None else _roi(surround, height, width)
    if not areas:
        return Suggestion(
            why_none="Nothing is suggested: at no clear place do normal images never differ, or always differ."
        )
    why_roi = "" if roi is None else f"All but the even surround lies in {roi.share(height, width):.0%} of the image."
    return Suggestion(tuple(areas), roi, why_roi)


def to_original(mask: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """A mask at COMPARED_SIDE in pixels of the original images, bool [height, width]."""
    grown = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_LINEAR)
    return grown > 127  # noqa: PLR2004 - half of white


def _surround(look: NormalLook) -> NDArray[np.bool_] | None:
    """What never differs, of one level, connected to the image's edge nearly all around; None if that is not clear."""
    height, width = look.span.shape
    side = max(height, width)
    edge = np.concatenate([look.median[0], look.median[-1], look.median[:, 0], look.median[:, -1]])
    even = (look.span < NEVER) & (np.abs(look.median - np.median(edge)) < FLAT)
    small = _disc(side / 128)
    closed = cv2.morphologyEx(_framed(even, small), cv2.MORPH_CLOSE, small)
    opened = _unframed(cv2.morphologyEx(closed, cv2.MORPH_OPEN, small), small)
    found = _touching_the_edge(opened)
    border = np.concatenate([found[0], found[-1], found[:, 0], found[:, -1]])
    rest = ~found
    if border.mean() < SURROUNDED or rest.mean() < SMALLEST_PART:
        return None
    sizes = cv2.connectedComponentsWithStats(rest.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA]
    if sizes.max() < ONE_PART * sizes.sum():
        return None
    kept = cv2.dilate(rest.astype(np.uint8), _disc(MARGIN * side))
    surround: NDArray[np.bool_] = kept == 0
    return surround if surround.any() else None


def _changing(look: NormalLook) -> NDArray[np.bool_]:
    """Small, full, sharply bounded fields that differ from image to image."""
    found = np.zeros(look.least_change.shape, bool)
    labels, stats = cv2.connectedComponentsWithStats((look.least_change > ALWAYS).astype(np.uint8))[1:3]
    for label in range(1, len(stats)):
        field = _grown(look.least_change, labels == label)
        if _is_a_field(field, look):
            tight = cv2.boxPoints(cv2.minAreaRect(cv2.findNonZero(field.astype(np.uint8))))
            whole = cv2.fillConvexPoly(field.astype(np.uint8), tight.round().astype(np.int32), 1)
            found |= cv2.dilate(whole, _disc(max(found.shape) / 100)) > 0
    return found


def _grown(change: NDArray[np.float32], seed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The whole of a field: what is connected to its seed and changes at least half as much as its strongest place."""
    labels = cv2.connectedComponents((change > change[seed].max() / 2).astype(np.uint8))[1]
    return np.isin(labels, np.setdiff1d(labels[seed], [0]))


def _is_a_field(field: NDArray[np.bool_], look: NormalLook) -> bool:
    if not SMALLEST_FIELD <= field.mean() <= LARGEST_FIELD:
        return False
    side = max(field.shape)
    (_, (long, short), _) = cv2.minAreaRect(cv2.findNonZero(field.astype(np.uint8)))
    if np.count_nonzero(field) < FULL * (long + 1.0) * (short + 1.0):
        return False
    near = cv2.dilate(field.astype(np.uint8), _disc(WINDOW * side)) > 0
    far = cv2.dilate(field.astype(np.uint8), _disc(3.0 * WINDOW * side)) > 0
    around = look.most_change[far & ~near]
    inside = float(np.median(look.least_change[field]))
    return bool(around.size) and inside > STANDS_OUT * float(np.quantile(around, CALM))


def _roi(surround: NDArray[np.bool_], height: int, width: int) -> Box | None:
    """The rectangle around all that is not surround, in original pixels; None if it cuts off little."""
    rows, columns = np.flatnonzero(~surround.all(axis=1)), np.flatnonzero(~surround.all(axis=0))
    down, right = height / surround.shape[0], width / surround.shape[1]
    top, left = int(rows[0] * down), int(columns[0] * right)
    bottom, end = int(np.ceil((rows[-1] + 1) * down)), int(np.ceil((columns[-1] + 1) * right))
    box = Box(x=left, y=top, width=min(width, end) - left, height=min(height, bottom) - top)
    return box if box.share(height, width) <= 1.0 - CUT else None


def _touching_the_edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels = cv2.connectedComponents(mask.astype(np.uint8))[1]
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.isin(labels, np.setdiff1d(edge, [0]))


def _framed(mask: NDArray[np.bool_], around: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With the outermost pixels repeated, so that nothing is eaten away from the image's edge."""
    pad = len(around)
    return np.pad(mask.astype(np.uint8), pad, mode="edge")


def _unframed(mask: NDArray[Any], around: NDArray[np.uint8]) -> NDArray[np.bool_]:
    pad = len(around)
    return mask[pad:-pad, pad:-pad] > 0


def _disc(radius: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), side // 2, 1, cv2.FILLED)
    return disc
