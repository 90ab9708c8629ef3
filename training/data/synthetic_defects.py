"""Synthetic defects of any size and contrast, drawn onto normal images."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from service.scoring.ignored import fill_ignored, ignored_mask
from training.data.preprocessed import PreprocessedImages

SIZES = (0.03, 0.06, 0.12, 0.24)

CONTRASTS = (0.1, 0.2, 0.4)

IMAGES = 16
"""Up to this many images get defects: with four kinds and four sizes, 256 of them."""

SYNTHESIS_SEED = 1
"""Seed of the defects by which `feature` weights its mixtures; it is judged by others, of the same kinds."""

TRIES = 50
"""Centres that are tried for a defect outside of ignored areas."""

INNER = 0.7
"""Defects are centred within this share of each side, where parts usually are."""

Shape = Callable[[tuple[int, int], tuple[float, float], float, np.random.Generator], NDArray[np.float32]]
"""(height, width), centre (y, x), extent in pixels, randomness -> what is added, float32 [height, width] in -1..1."""


def add_defect(
    image: NDArray[np.uint8],
    kind: str,
    size: float,
    contrast: float,
    random: np.random.Generator,
    ignored: str = "",
) -> NDArray[np.uint8]:
    """Draw one defect onto a copy of a preprocessed image, uint8 [height, width, channels].

    Args:
        image: a normal one.
        kind: one of KINDS.
        size: extent of the defect as a fraction of the image's longer side.
        contrast: largest change of a pixel as a fraction of full scale; it is darkened where it is bright, and else
            brightened, so that nothing is lost to saturation. A `missing` patch loses its texture, too.
        random: where and how; the same state gives the same defect at every size and contrast.
        ignored: areas that are not scored, as `InputSpec.ignored`: a defect is centred elsewhere, and not seen in them.
    """
    height, width = image.shape[:2]
    extent = size * max(height, width)
    change = KINDS[kind]((height, width), _centre((height, width), random, ignored), extent, random)
    base = image.astype(np.float32)
    where = np.abs(change) > 0
    if kind == "missing" and where.any():
        base += (base[where].mean(axis=0) - base) * change[..., np.newaxis]
    brightness = base[where].mean() if where.any() else 0.0
    sign = -1.0 if brightness > 127.5 else 1.0  # noqa: PLR2004 - the middle of 0 to 255
    changed = base + (sign * contrast * 255.0) * change[..., np.newaxis]
    return fill_ignored(np.clip(np.round(changed), 0, 255).astype(np.uint8), ignored)


def _centre(shape: tuple[int, int], random: np.random.Generator, ignored: str) -> tuple[float, float]:
    """(y, x) of a defect; the last of TRIES where all are ignored."""
    mask = ignored_mask(ignored) if ignored else None
    for _ in range(TRIES):
        y, x = (side * random.uniform(0.5 - INNER / 2, 0.5 + INNER / 2) for side in shape)
        if mask is None or not mask[int(y), int(x)]:
            break
    return y, x


def _scratch(
    shape: tuple[int, int], centre: tuple[float, float], extent: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """A thin, slightly bent line; a twentieth as wide as long, at least a pixel."""
    angle, bend = random.uniform(0, np.pi), random.uniform(-0.15, 0.15)
    along = np.linspace(-0.5, 0.5, 16)
    across = bend * (1.0 - (2.0 * along) ** 2)
    y = centre[0] + extent * (along * np.sin(angle) + across * np.cos(angle))
    x = centre[1] + extent * (along * np.cos(angle) - across * np.sin(angle))
    return _drawn(shape, np.stack([x, y], axis=1), thickness=max(1, round(extent / 20)))


def _dent(
    shape: tuple[int, int], centre: tuple[float, float], extent: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """A round hollow lit from one side: one flank brighter, the other darker; `extent` is its diameter."""
    light = random.uniform(0, 2 * np.pi)
    y, x = _offsets(shape, centre)
    radius = max(extent, 2.0) / 2.0
    slope = (x * np.cos(light) + y * np.sin(light)) / (radius / 2.0)
    bump = slope * np.exp(0.5 - 0.5 * (x**2 + y**2) / (radius / 2.0) ** 2)  # at most 1, at half the radius
    return np.where(np.abs(bump) > 0.02, bump, 0.0).astype(np.float32)  # noqa: PLR2004 - invisible


def _stain(
    shape: tuple[int, int], centre: tuple[float, float], extent: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """An irregular blot with a soft edge."""
    return cv2.GaussianBlur(_blot(shape, centre, extent, random), (0, 0), max(0.3, extent / 10)).astype(np.float32)


def _missing(
    shape: tuple[int, int], centre: tuple[float, float], extent: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """An irregular patch with a hard edge; all that was to be seen in it is gone."""
    return _blot(shape, centre, extent, random)


KINDS: Mapping[str, Shape] = MappingProxyType(
    {"scratch": _scratch, "dent": _dent, "stain": _stain, "missing": _missing}
)


def _blot(
    shape: tuple[int, int], centre: tuple[float, float], extent: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """A closed curve whose radius wavers around half the extent, filled."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones_like(angle)
    for wave in range(2, 5):
        radius += random.uniform(0, 0.3 / wave) * np.cos(wave * angle + random.uniform(0, 2 * np.pi))
    radius *= 0.5 * extent / radius.max()
    x, y = centre[1] + radius * np.cos(angle), centre[0] + radius * np.sin(angle)
    return _drawn(shape, np.stack([x, y], axis=1), thickness=None)


FRACTION_BITS = 4
"""OpenCV takes points in sixteenths of a pixel: small defects must not snap to the grid."""


def _drawn(shape: tuple[int, int], points: NDArray[np.float64], thickness: int | None) -> NDArray[np.float32]:
    """A line through points (x, y), or without a thickness the filled polygon, with smooth edges, 0 to 1."""
    canvas = np.zeros(shape, np.uint8)
    fixed = np.round(points * (1 << FRACTION_BITS)).astype(np.int32)
    if thickness is None:
        cv2.fillPoly(canvas, [fixed], 255, cv2.LINE_AA, FRACTION_BITS)
    else:
        cv2.polylines(canvas, [fixed], False, 255, thickness, cv2.LINE_AA, FRACTION_BITS)
    return canvas.astype(np.float32) / np.float32(255.0)


def _offsets(shape: tuple[int, int], centre: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance of each pixel from the centre, down and to the right."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    return rows - centre[0], columns - centre[1]


def synthetic_defect_images(normals: PreprocessedImages, seed: int, ignored: str = "") -> Iterator[NDArray[np.uint8]]:
    """Synthetic defects: uint8 [kinds x sizes, height, width, channels] for each normal image that is used.

    None is in areas that are `ignored`, as `InputSpec` has them.
    """
    rows = np.unique(np.linspace(0, len(normals) - 1, IMAGES).round().astype(np.int64))
    for number, row in enumerate(rows):
        yield np.stack([*defects_of_each(np.asarray(normals[row]), seed, number, ignored)])


def defects_of_each(image: NDArray[np.uint8], seed: int, number: int, ignored: str = "") -> Iterator[NDArray[np.uint8]]:
    """One defect of each kind and size on copies of an image [height, width, channels], with the contrasts in turn.

    Seed and the image's number decide where; none is in areas that are `ignored`, as `InputSpec` has them.
    """
    for k, kind in enumerate(KINDS):
        for s, size in enumerate(SIZES):
            contrast = CONTRASTS[(number + k + s) % len(CONTRASTS)]
            yield add_defect(image, kind, size, contrast, np.random.default_rng([seed, number, k, s]), ignored)


def defect_rng(seed: int, kind: int, image: int) -> np.random.Generator:
    """The random generator of one kind of defect on one image: the same at every size and contrast."""
    return np.random.default_rng([seed, kind, image])


def examples(
    image: NDArray[np.uint8], size: float, contrast: float, seed: int, ignored: str = ""
) -> dict[str, NDArray[np.uint8]]:
    """One defect of each kind on copies of one preprocessed image."""
    return {
        kind: add_defect(image, kind, size, contrast, defect_rng(seed, k, 0), ignored) for k, kind in enumerate(KINDS)
    }
