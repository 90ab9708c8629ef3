"""The surface of the part: where there is metal, which way it faces, its colour and finish."""

from dataclasses import dataclass

import cv2
import numpy as np

from deploy.demo.renderer import label
from deploy.demo.renderer.scene import Scene

# Radii in part coordinates: the outer edge is at 1.
BORE, BUSHING, HUB, GROOVE, CHAMFER = 0.27, 0.38, 0.5, 0.585, 0.955
HOLES, HOLE_CIRCLE, HOLE, COUNTERSINK = 6, 0.765, 0.082, 0.118
NOTCH = 0.05
STEEL, BRASS = (0.62, 0.64, 0.66), (0.80, 0.60, 0.27)


@dataclass
class Surface:
    """Per-pixel maps, float32 [size, size] unless noted. Defects change them before the light falls."""

    x: np.ndarray  # part coordinates, before rotation
    y: np.ndarray
    radius: np.ndarray
    metal: np.ndarray  # 1 where there is metal, 0 where the belt shows
    depth: np.ndarray  # 0 at the belt's level around the part, 1 deep in a hole
    slope_x: np.ndarray  # of the surface normal, in picture axes
    slope_y: np.ndarray
    colour: np.ndarray  # float32 [size, size, 3]
    gloss: np.ndarray
    ink: np.ndarray
    hole_wall: tuple[np.ndarray, np.ndarray]  # which way the wall of the nearest hole faces, picture axes
    pixel: float  # one pixel, in part coordinates


def build(scene: Scene, size: int, rng: np.random.Generator) -> Surface:
    """A good part."""
    x, y = _part_coordinates(scene, size)
    radius = np.sqrt(x * x + y * y) + 1e-6
    pixel = 1 / (scene.radius * size)
    cos, sin = _turn(x / radius, y / radius, scene.rotation)

    hole_x, hole_y, to_hole = _nearest_hole(x, y)
    hole_cos, hole_sin = _turn(hole_x / to_hole, hole_y / to_hole, scene.rotation)
    to_notch = np.hypot(x, y + 1.0)

    outside_bore, outside_hole = _step(radius - BORE, pixel), _step(to_hole - HOLE, pixel)
    metal = _step(1 - radius, pixel) * outside_bore * outside_hole * _step(to_notch - NOTCH, pixel)
    in_bore = radius < (BORE + HOLE_CIRCLE - HOLE) / 2

    slope = _radial_slope(radius, pixel) + _turning_marks(radius, rng)
    sink = -0.75 * _band(to_hole, HOLE, COUNTERSINK, pixel)
    slope_x, slope_y = cos * slope + hole_cos * sink, sin * slope + hole_sin * sink

    brass = _band(radius, BORE, BUSHING, pixel)[..., None]
    tint = rng.normal(1, 0.012, 3)
    colour = (np.array(STEEL, np.float32) * (1 - brass) + np.array(BRASS, np.float32) * brass) * tint.astype(np.float32)
    raised = 1 + 0.10 * _step(HUB - radius, pixel)
    colour *= (raised * _patina(size, rng))[..., None]

    return Surface(
        x=x,
        y=y,
        radius=radius,
        metal=metal,
        depth=1 - outside_bore * outside_hole,
        slope_x=slope_x,
        slope_y=slope_y,
        colour=colour,
        gloss=np.ones_like(radius),
        ink=0.9 * label.place(label.draw(), scene, size),
        hole_wall=(np.where(in_bore, -cos, -hole_cos), np.where(in_bore, -sin, -hole_sin)),
        pixel=pixel,
    )


def _part_coordinates(scene: Scene, size: int) -> tuple[np.ndarray, np.ndarray]:
    a, b, tx, c, d, ty = cv2.invertAffineTransform(scene.part_to_pixels(size)).ravel().astype(np.float32)
    column, row = np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32)[:, None]
    return a * column + b * row + tx, c * column + d * row + ty


def _nearest_hole(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vector from the nearest bolt hole's centre, and its length: all holes are one, turned about."""
    angle = cv2.phase(x, y)
    nearest = np.round(angle * (HOLES / (2 * np.pi))) * np.float32(2 * np.pi / HOLES)
    dx, dy = x - HOLE_CIRCLE * np.cos(nearest), y - HOLE_CIRCLE * np.sin(nearest)
    return dx, dy, np.sqrt(dx * dx + dy * dy) + np.float32(1e-6)


def _radial_slope(radius: np.ndarray, pixel: float) -> np.ndarray:
    """How the turned profile faces outwards (+) or inwards (-): chamfers, the hub's step, two grooves."""
    slope = 0.85 * _step(radius - CHAMFER, pixel) - 0.8 * _band(radius, BORE, BORE + 0.03, pixel)
    slope += 0.9 * _bump(radius, HUB, 0.016)
    for groove, width in ((GROOVE, 0.012), (BUSHING, 0.008)):
        slope += 0.7 * (_bump(radius, groove + width, width) - _bump(radius, groove - width, width))
    return slope


def _turning_marks(radius: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The concentric marks that the lathe's tool leaves, different on each part."""
    fine = rng.normal(0, 1, 512)
    marks = 0.035 * fine + 0.05 * np.convolve(rng.normal(0, 1, 512), np.full(6, 0.35), mode="same")
    slope: np.ndarray = np.interp(radius, np.linspace(0, 1.2, 512), marks).astype(np.float32)
    return slope


def _patina(size: int, rng: np.random.Generator) -> np.ndarray:
    """Slow and slight unevenness of the finish."""
    coarse = rng.normal(1, 0.03, (7, 7)).astype(np.float32)
    patina: np.ndarray = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return patina


def _turn(x: np.ndarray, y: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * x - sin * y, sin * x + cos * y


def _step(signed_distance: np.ndarray, pixel: float) -> np.ndarray:
    """0 outside, 1 inside, and a straight ramp one pixel wide between: an anti-aliased edge."""
    ramp: np.ndarray = np.clip(signed_distance * np.float32(1 / pixel) + np.float32(0.5), 0, 1)
    return ramp


def _band(value: np.ndarray, low: float, high: float, pixel: float) -> np.ndarray:
    band: np.ndarray = _step(value - low, pixel) * _step(high - value, pixel)
    return band


def _bump(value: np.ndarray, center: float, width: float) -> np.ndarray:
    z = (value - np.float32(center)) * np.float32(1 / width)
    bump: np.ndarray = np.exp(-0.5 * z * z)
    return bump
