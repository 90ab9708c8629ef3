"""Rendered defects, graded. Each function changes the surface and returns where, float32 [size, size]."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np

from deploy.demo.renderer import label
from deploy.demo.renderer.grade import Grade, between
from deploy.demo.renderer.scene import Scene
from deploy.demo.renderer.surface import BUSHING, CHAMFER, Surface

Defect = Callable[[Surface, Scene, Grade, np.random.Generator], np.ndarray]
SUBPIXEL_BITS = 4
RUST, OIL = (0.55, 0.75, 0.95), (0.80, 0.80, 0.78)  # the share of red, green and blue that a stain takes away


def scratch(surface: Surface, scene: Scene, grade: Grade, rng: np.random.Generator) -> np.ndarray:
    """A bent, tapering line torn into the metal: bright on one side, dark on the other."""
    start = np.array(_point_on_metal(rng))
    heading, length = rng.uniform(0, 2 * math.pi), between(0.12, 0.7, grade.size)
    along = np.linspace(0, 1, 24)
    bend = heading + rng.normal(0, 0.5) * along
    steps = np.stack([np.cos(bend), np.sin(bend)], axis=1) * (length / len(along))
    line = _stroke(start + np.cumsum(steps, axis=0), surface, scene, width=between(0.012, 0.034, grade.size))
    line *= surface.metal
    depth = between(0.15, 0.9, grade.strength)
    across = -math.sin(heading + scene.rotation), math.cos(heading + scene.rotation)
    grain = cv2.Sobel(line, cv2.CV_32F, 1, 0), cv2.Sobel(line, cv2.CV_32F, 0, 1)
    surface.slope_x += depth * (0.35 * grain[0] + 0.25 * across[0] * line)
    surface.slope_y += depth * (0.35 * grain[1] + 0.25 * across[1] * line)
    surface.colour *= (1 + float(rng.choice([-0.55, 0.7])) * depth * line)[..., None]
    return line


def dent(surface: Surface, scene: Scene, grade: Grade, rng: np.random.Generator) -> np.ndarray:
    """A smooth hollow: nothing but the way the metal faces the light has changed."""
    del scene
    x, y = _point_on_metal(rng)
    wide = between(0.06, 0.18, grade.size)
    narrow = wide * rng.uniform(0.6, 1)
    angle = rng.uniform(0, math.pi)
    dx, dy = surface.x - x, surface.y - y
    u = (math.cos(angle) * dx + math.sin(angle) * dy) / wide
    v = (math.cos(angle) * dy - math.sin(angle) * dx) / narrow
    hollow = np.exp(-1.2 * (u * u + v * v))
    depth = between(0.3, 1.6, grade.strength)
    surface.slope_x -= depth * narrow * cv2.Sobel(hollow, cv2.CV_32F, 1, 0, scale=1 / 8) / surface.pixel
    surface.slope_y -= depth * narrow * cv2.Sobel(hollow, cv2.CV_32F, 0, 1, scale=1 / 8) / surface.pixel
    surface.gloss *= 1 - 0.5 * hollow
    where: np.ndarray = hollow * surface.metal
    return where


def stain(surface: Surface, scene: Scene, grade: Grade, rng: np.random.Generator) -> np.ndarray:
    """Oil or rust: an irregular patch that darkens, warms and dulls the metal."""
    del scene
    x, y = _point_on_metal(rng)
    reach = between(0.05, 0.22, grade.size)
    blob: np.ndarray = _ragged_disc(surface, (x, y), reach, rng, softness=0.18) * surface.metal
    strength = between(0.12, 0.85, grade.strength)
    patchy = blob * np.clip(0.75 + 0.35 * _cloud(surface.x.shape[0], 14, rng), 0.2, 1)
    dye = np.array(OIL if rng.integers(2) else RUST, np.float32)
    surface.colour *= 1 - strength * patchy[..., None] * dye
    surface.gloss *= 1 - 0.7 * strength * patchy
    return blob


def missing_piece(surface: Surface, scene: Scene, grade: Grade, rng: np.random.Generator) -> np.ndarray:
    """A bite broken out of the rim: the belt shows, next to a dull rough edge."""
    del scene
    angle, bite = rng.uniform(0, 2 * math.pi), between(0.025, 0.2, grade.size)
    at = 1 + bite * (0.3 - 0.5 * grade.strength)
    middle = (at * math.cos(angle), at * math.sin(angle))
    gone = _ragged_disc(surface, middle, bite, rng, softness=surface.pixel / bite)
    before = surface.metal.copy()
    edge = cv2.GaussianBlur(gone, (0, 0), 0.02 / surface.pixel) * (1 - gone) * before
    rough = _cloud(surface.x.shape[0], 70, rng)
    surface.metal *= 1 - gone
    surface.slope_x += 1.2 * edge * rough
    surface.slope_y += 1.2 * edge * np.roll(rough, 3, axis=0)
    surface.colour *= (1 - 0.75 * edge)[..., None]
    surface.gloss *= 1 - edge
    broken: np.ndarray = np.maximum(gone * before, edge)
    return broken


def misprint(surface: Surface, scene: Scene, grade: Grade, rng: np.random.Generator) -> np.ndarray:
    """A wrong mark: smeared, doubled, moved, worn away on one side, faded or missing, or another product's."""
    size = surface.ink.shape[0]
    good, ink = surface.ink, label.draw()
    kind = rng.choice(["smeared", "doubled", "moved", "worn", "faded", "another"])
    if kind == "smeared":
        ink = cv2.blur(ink, (round(between(24, 60, grade.size)), 5))
    elif kind == "another":
        ink = label.draw(("LW-170", "A 0982"))
    elif kind == "faded":
        ink = ink * np.float32(1 - between(0.45, 1, grade.strength))
    elif kind == "worn":
        ramp = np.linspace(-1, 1, ink.shape[1], dtype=np.float32) * rng.choice([-1, 1])
        ink = ink * np.clip(1.6 - 1.6 * grade.size + 1.5 * ramp, 1 - between(0.5, 1, grade.strength), 1)
    right, down = (rng.choice([-1, 1], 2) * between(0.028, 0.05, grade.size)).tolist()
    surface.ink = 0.9 * label.place(ink, scene, size, (right, down) if kind == "moved" else (0.0, 0.0))
    if kind == "doubled":
        twin = between(0.35, 0.7, grade.strength) * label.place(ink, scene, size, (right, down))
        surface.ink = np.maximum(surface.ink, twin)
    changed: np.ndarray = np.abs(surface.ink - good)
    return changed


DEFECTS: Mapping[str, Defect] = MappingProxyType(
    {
        "scratch": scratch,
        "dent": dent,
        "stain": stain,
        "missing_piece": missing_piece,
        "misprint": misprint,
    }
)


def _point_on_metal(rng: np.random.Generator) -> tuple[float, float]:
    """A point of the flat or of the hub's face, in part coordinates."""
    radius = rng.uniform(BUSHING, CHAMFER - 0.08)
    angle = rng.uniform(0, 2 * math.pi)
    return radius * math.cos(angle), radius * math.sin(angle)


def _stroke(points: np.ndarray, surface: Surface, scene: Scene, width: float) -> np.ndarray:
    """A line through `points` (part coordinates), up to `width` wide, tapering to both ends."""
    size = surface.x.shape[0]
    scale = 3  # drawn larger and averaged down, for lines thinner than a pixel
    affine = scene.part_to_pixels(size)
    pixels = (points @ affine[:, :2].T + affine[:, 2] + 0.5) * scale - 0.5
    taper = np.sin(np.linspace(0.25, np.pi - 0.25, len(points) - 1))
    canvas = np.zeros((size * scale, size * scale), np.uint8)
    fixed = np.round(pixels * 2**SUBPIXEL_BITS).astype(np.int32)
    for begin, end, swell in zip(fixed[:-1], fixed[1:], taper, strict=True):
        thickness = max(1, round(width * swell / surface.pixel * scale))
        cv2.line(canvas, begin.tolist(), end.tolist(), 255, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
    drawn: np.ndarray = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return drawn


def _ragged_disc(
    surface: Surface, center: tuple[float, float], reach: float, rng: np.random.Generator, softness: float
) -> np.ndarray:
    """A disc with an uneven edge; `softness` is the width of that edge as a fraction of `reach`."""
    dx, dy = surface.x - center[0], surface.y - center[1]
    angle = np.arctan2(dy, dx)
    edge = np.ones_like(angle)
    for wave in range(2, 9):
        edge += rng.normal(0, 0.32 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * math.pi))
    distance = np.sqrt(dx * dx + dy * dy) / reach
    disc: np.ndarray = np.clip((edge - distance) / softness + 0.5, 0, 1)
    return disc


def _cloud(size: int, cells: int, rng: np.random.Generator) -> np.ndarray:
    coarse = rng.standard_normal((cells, cells), np.float32)
    cloud: np.ndarray = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return cloud
