"""Procedural images of a turned steel flange on a belt, good or with a defect, as an inspection camera sees it."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deploy.demo.renderer import shading, surface
from deploy.demo.renderer.defects import DEFECTS, Defect
from deploy.demo.renderer.grade import Grade
from deploy.demo.renderer.scene import Scene
from deploy.demo.renderer.surface import Surface
from deploy.demo.renderer.visibility import is_seen

MASK_FROM = 0.12  # a defect fades out; below this share of its full effect it counts as outside
EXPOSURE = 1.5
DRAWS = 20  # of a defect, until a person would see it
READ_NOISE, SHOT_NOISE = 0.6, 0.045  # of the sensor: grey levels, and variance per grey level


@dataclass(frozen=True)
class RenderedPart:
    """One picture: `image` uint8 [size, size, 3] RGB; `mask` uint8 [size, size], 255 where the defect is."""

    image: np.ndarray
    mask: np.ndarray


def render(rng: np.random.Generator, size: int, defect: str | None = None) -> RenderedPart:
    """One part, `size` pixels square; the same generator state gives the same bytes.

    A defect changes nothing but its own place: with the same generator state and `defect=None`, the picture
    is the same everywhere else.

    Raises:
        ValueError: `defect` is not one of DEFECTS.
    """
    if defect is not None and defect not in DEFECTS:
        raise ValueError(f"Expected a defect of {', '.join(DEFECTS)}, found {defect!r}.")
    scene_rng, surface_rng, belt_rng, sensor_rng, defect_rng = rng.spawn(5)
    scene = Scene.draw(scene_rng)
    part = surface.build(scene, size, surface_rng)
    belt = shading.draw_belt(size, belt_rng)
    levels = _expose(shading.shade(part, scene, belt), scene)
    where = np.zeros((size, size), np.float32)
    if defect is not None:
        levels, where = _spoil(part, scene, belt, levels, DEFECTS[defect], defect_rng)
    mask = np.where(where > MASK_FROM, 255, 0).astype(np.uint8)
    return RenderedPart(image=_read_out(levels, scene, sensor_rng), mask=mask)


def write_line(folder: Path, *, seed: int, size: int = 256, train_good: int, test_good: int, per_defect: int) -> None:
    """Write a production line's images as PNG in MVTec layout.

    `train/good`, `test/good`, and for each kind of defect `test/<kind>` with its masks in
    `ground_truth/<kind>/<stem>_mask.png`. Each picture has its own generator, derived from `seed`.
    """
    good = [("train/good", train_good), ("test/good", test_good)]
    for number, (place, count) in enumerate(good):
        _write(folder, place, None, count, size, (seed, number))
    for number, kind in enumerate(DEFECTS, start=len(good)):
        _write(folder, f"test/{kind}", kind, per_defect, size, (seed, number))


def _write(folder: Path, place: str, defect: str | None, count: int, size: int, seed: tuple[int, int]) -> None:
    (folder / place).mkdir(parents=True, exist_ok=True)
    masks = folder / "ground_truth" / str(defect)
    if defect:
        masks.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        part = render(np.random.default_rng([*seed, index]), size, defect)
        cv2.imwrite(str(folder / place / f"{index:03d}.png"), part.image[..., ::-1])
        if defect:
            cv2.imwrite(str(masks / f"{index:03d}_mask.png"), part.mask)


def _spoil(
    part: Surface, scene: Scene, belt: np.ndarray, good: np.ndarray, defect: Defect, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Levels of the part with a defect, and where it is; one that nobody would see is drawn anew, ever clearer."""
    for least in np.linspace(0, 1, DRAWS).tolist():
        spoiled = deepcopy(part)
        where = defect(spoiled, scene, Grade.draw(rng, least), rng)
        levels = _expose(shading.shade(spoiled, scene, belt), scene)
        if is_seen(good, levels):
            break
    return levels, where


def _expose(linear: np.ndarray, scene: Scene) -> np.ndarray:
    """Grey levels before noise, float32: focus, soft highlights, gamma."""
    focused = cv2.GaussianBlur(linear, (0, 0), scene.blur * linear.shape[0])
    levels: np.ndarray = 255 * np.sqrt(1 - np.exp(-EXPOSURE * np.maximum(focused, 0)))
    return levels


def _read_out(levels: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """What the sensor makes of them: noise, 8 bits."""
    noise = rng.standard_normal(levels.shape, np.float32)
    sigma = np.float32(scene.noise) * np.sqrt(READ_NOISE**2 + SHOT_NOISE * levels)
    pixels: np.ndarray = np.clip(np.rint(levels + sigma * noise), 0, 255).astype(np.uint8)
    return pixels
