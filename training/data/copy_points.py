"""Points by which copies of one photograph are found: SIFT descriptors, the same however the photograph is turned.

Copies share fine structure, down to the noise of their one exposure. So light and coarse shade are evened out first,
and points are taken wherever there is structure, however faint. A mirrored photograph has the mirrored points of the
same descriptors, with their entries in another order. Source: Lowe, "Distinctive Image Features from Scale-Invariant
Keypoints", International Journal of Computer Vision 60 (2004); square roots of descriptors: Arandjelovic & Zisserman,
"Three things everyone should know to improve object retrieval", CVPR (2012).
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.grey import grey

SIDE = 192
"""Pixels of the longer side of the picture that points are sought in."""

POINTS = 64
"""Points of an image at most, those that stand out most first."""

SMALLEST = 3.0
"""Diameter in pixels of the smallest points: finer ones do not survive interpolation."""

SHADE = 10.0
"""Structure coarser than this many pixels (standard deviation of a gaussian) is light and shade."""

GREY, CONTRAST, FAINT = 128.0, 40.0, 0.02
"""Of the picture: mean and standard deviation; of its mean energy, what is taken for structure anywhere."""

MIRRORED = np.arange(128).reshape(4, 4, 8)[::-1][:, :, (-np.arange(8)) % 8].ravel()
"""Where the entries of a descriptor go when its surroundings are mirrored: rows in reverse, angles negated."""

RECORD = np.dtype(
    [
        ("picture", np.uint8, (SIDE, SIDE)),
        ("height", np.int32),
        ("width", np.int32),
        ("points", np.int32),
        ("places", np.float32, (POINTS, 2)),
        ("descriptors", np.uint8, (POINTS, 128)),
    ]
)
"""One image: its picture in the top left corner; number of points, where they are (x, y), and what is around them."""


def describe(pixels: NDArray[Any]) -> NDArray[np.void]:
    """Points of uint8 or uint16 pixels, [height, width] or [height, width, 3], as one RECORD, 46 KB."""
    record = np.zeros((), RECORD)
    small = picture(pixels)
    height, width = small.shape
    record["picture"][:height, :width] = small
    record["height"], record["width"] = height, width
    sift = cv2.SIFT.create(contrastThreshold=0.01, edgeThreshold=12)  # faint points count; edges alone do not
    found = [point for point in sift.detect(small, None) if point.size >= SMALLEST]
    strongest = sorted(found, key=lambda point: (-point.response, *point.pt, point.angle))[:POINTS]
    if strongest:
        chosen, descriptors = sift.compute(small, strongest)
        share = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1.0)
        number = record["points"] = len(chosen)
        record["places"][:number] = [point.pt for point in chosen]
        record["descriptors"][:number] = np.rint(255.0 * np.sqrt(share))
    return record


def picture(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """A small picture without light: coarse shade taken out, contrast evened out; uint8, its longer side SIDE."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    small = grey(np.asarray(cv2.resize(pixels, size, interpolation=way), np.float32))
    fine = small - cv2.GaussianBlur(small, (0, 0), SHADE)
    energy = cv2.GaussianBlur(fine * fine, (0, 0), SHADE)
    level = np.sqrt(energy + FAINT * energy.mean())
    even = np.divide(fine, level, out=np.zeros_like(fine), where=level > 0)
    return np.asarray(np.clip(np.rint(GREY + CONTRAST * even), 0.0, 255.0), np.uint8)
