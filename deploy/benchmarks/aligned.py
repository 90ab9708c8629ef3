"""Copies of a set whose parts are all turned and shifted onto the mean normal image, to see whether that helps."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.folder import Layout
from training.data.pixels import read_pixels

SIDE = 128
"""Images are compared at this size."""

STEP = 10
"""Degrees between two angles that are tried first."""

REFERENCES = 60
"""Normal images that the mean is of, at most."""

ECC = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)

Floats = NDArray[np.float32]


def aligned_set(layout: Layout, folder: Path) -> Path:
    """Write all images of a set as they are when aligned, in MVTec layout and without masks."""
    reference = _mean_normal(layout)
    for number, path in enumerate(layout.normal):
        _write(folder / "train" / "good" / f"{number:04}.png", aligned(read_pixels(path), reference))
    for number, test in enumerate(layout.tests):
        _write(folder / "test" / test.kind / f"{number:04}.png", aligned(read_pixels(test.path), reference))
    return folder


def aligned(image: NDArray[Any], reference: Floats) -> NDArray[Any]:
    """An image turned and shifted so that it is most like the reference, as large as before.

    The angle is that of the highest peak of phase correlation, in steps; ECC then refines angle and place. Sources:
    Kuglin & Hines, "The Phase Correlation Image Alignment Method" (1975); Evangelidis & Psarakis, "Parametric Image
    Alignment Using Enhanced Correlation Coefficient Maximization", IEEE TPAMI (2008).

    Args:
        image: uint8 or uint16, [h, w] or [h, w, 3].
        reference: float32 [SIDE, SIDE].
    """
    small = _small(image)
    found = max((_shifted(small, reference, angle) for angle in range(0, 360, STEP)), key=lambda each: each[0])[1]
    with suppress(cv2.error):  # it does not converge: phase correlation has to do
        found = np.asarray(cv2.findTransformECC(reference, small, found, cv2.MOTION_EUCLIDEAN, ECC)[1], np.float32)
    height, width = image.shape[:2]
    to_small = np.diag([SIDE / width, SIDE / height, 1.0])
    whole = np.linalg.inv(to_small) @ np.vstack([found, [0.0, 0.0, 1.0]]) @ to_small
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, whole[:2], (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _shifted(small: Floats, reference: Floats, angle: float) -> tuple[float, Floats]:
    """How like the reference an image is when it is turned by this angle and shifted, and by what map it becomes so."""
    turn = cv2.getRotationMatrix2D((SIDE / 2 - 0.5, SIDE / 2 - 0.5), angle, 1.0)
    turned = cv2.warpAffine(
        small, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    window = cv2.createHanningWindow((SIDE, SIDE), cv2.CV_32F)
    (across, down), response = cv2.phaseCorrelate(reference, turned, window)
    moved = np.vstack([turn, [0.0, 0.0, 1.0]]) @ np.array([[1, 0, across], [0, 1, down], [0, 0, 1]])
    return response, moved[:2].astype(np.float32)


def _mean_normal(layout: Layout) -> Floats:
    """The mean of normal images that were aligned to the first: of those as they lie it would be a blur."""
    step = max(1, len(layout.normal) // REFERENCES)
    pictures = [read_pixels(path) for path in layout.normal[::step]]
    first = _small(pictures[0])
    mean: Floats = np.mean([_small(aligned(picture, first)) for picture in pictures], axis=0, dtype=np.float32)
    return mean


def _small(image: NDArray[Any]) -> Floats:
    grey = image.mean(axis=2) if image.ndim == 3 else image  # noqa: PLR2004 - colour
    return np.asarray(cv2.resize(grey.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _write(path: Path, image: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)  # noqa: PLR2004 - RGB
