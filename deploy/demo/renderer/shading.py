"""Light on the surface: a lamp to one side, a soft fill, the belt beneath, and the shadow between."""

import math

import cv2
import numpy as np

from deploy.demo.renderer.scene import Scene
from deploy.demo.renderer.surface import Surface

Direction = tuple[float, float, float]  # a unit vector; x and y in the picture, z to the camera

BELT = (0.020, 0.022, 0.025)
WEAVE_PIXELS = 5.0
HIGHLIGHT_ACROSS, HIGHLIGHT_FACING = 6, 3  # sharpness of the highlight, as powers of two


def shade(surface: Surface, scene: Scene, belt: np.ndarray) -> np.ndarray:
    """Linear light per pixel, float32 [size, size, 3]; `belt` as `draw_belt` made it."""
    lamp = _direction(scene.light_direction, scene.light_elevation)
    fill = _direction(scene.light_direction + math.radians(160), math.radians(62))
    on_metal = _metal(surface, scene, lamp) + scene.fill * _metal(surface, scene, fill)
    on_belt = _shadow(surface, lamp) * (1 - 0.75 * surface.depth)
    walls = 0.10 * _hole_walls(surface, lamp)
    even, cover = _lamp_falloff(surface, scene, lamp), surface.metal
    linear: np.ndarray = surface.colour * (cover * on_metal * even)[..., None]
    linear += belt * ((1 - cover) * on_belt * even)[..., None] + ((1 - cover) * walls * even)[..., None]
    linear *= _vector(1 + scene.warmth, 1, 1 - scene.warmth)
    return linear


def draw_belt(size: int, rng: np.random.Generator) -> np.ndarray:
    """The dark woven belt under the part, linear light, float32 [size, size, 3]."""
    scale = size / 256
    phase_x, phase_y = rng.uniform(0, 2 * math.pi, 2).tolist()
    along = np.sin(np.arange(size, dtype=np.float32) * (2 * math.pi / (WEAVE_PIXELS * scale)) + phase_x)
    across = np.sin(np.arange(size, dtype=np.float32) * (2 * math.pi / (WEAVE_PIXELS * scale)) + phase_y)[:, None]
    rubber = cv2.GaussianBlur(rng.standard_normal((size, size), np.float32), (0, 0), 0.8 * scale)
    wear = cv2.resize(rng.normal(1, 0.07, (5, 5)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    texture = wear * np.maximum(1 + 0.16 * along * across + 0.35 * scale * rubber, 0.2)
    belt: np.ndarray = texture[..., None] * _vector(*BELT)
    return belt


def _metal(surface: Surface, scene: Scene, lamp: Direction) -> np.ndarray:
    """Lambert's law plus the highlight of a turned surface; ink takes most of both.

    The highlight is Ward's idea in its plainest form: marks run round the axis, so the surface mirrors light
    in every direction across them; bright where the half vector lies across the marks, dark where along.
    """
    sx, sy = surface.slope_x, surface.slope_y
    inverse = 1 / np.sqrt(1 + sx * sx + sy * sy)
    diffuse = np.maximum((sx * lamp[0] + sy * lamp[1] + lamp[2]) * inverse, 0)
    half = _unit(lamp[0], lamp[1], lamp[2] + 1)
    cos, sin = math.cos(scene.rotation), math.sin(scene.rotation)
    across_x, across_y = surface.x / surface.radius, surface.y / surface.radius
    along = -(half[0] * cos + half[1] * sin) * across_y + (half[1] * cos - half[0] * sin) * across_x
    facing = np.maximum((sx * half[0] + sy * half[1] + half[2]) * inverse, 0)
    highlight = surface.gloss * _power(1 - along * along, HIGHLIGHT_ACROSS) * _power(facing, HIGHLIGHT_FACING)
    ink = 1 - surface.ink
    light = (0.30 * diffuse * (0.2 + 0.8 * ink)) + 0.85 * highlight * ink
    lit: np.ndarray = light * scene.light_strength
    return lit


def _shadow(surface: Surface, lamp: Direction) -> np.ndarray:
    """How much lamplight reaches the belt: the part's outline, moved away from the lamp and softened."""
    size = surface.metal.shape[0]
    reach = 0.055 / surface.pixel
    move = np.array([[1, 0, -lamp[0] * reach], [0, 1, -lamp[1] * reach]])
    cast = cv2.GaussianBlur(cv2.warpAffine(surface.metal, move, (size, size)), (0, 0), 0.03 / surface.pixel)
    contact = cv2.GaussianBlur(surface.metal, (0, 0), 0.012 / surface.pixel)
    shadow: np.ndarray = (1 - 0.62 * cast) * (1 - 0.3 * contact)
    return shadow


def _hole_walls(surface: Surface, lamp: Direction) -> np.ndarray:
    """The lit crescent inside each hole, on the side that faces the lamp."""
    wall_x, wall_y = surface.hole_wall
    facing = np.maximum(wall_x * lamp[0] + wall_y * lamp[1], 0)
    rim = cv2.GaussianBlur(1 - surface.depth, (0, 0), 0.028 / surface.pixel)
    walls: np.ndarray = surface.depth * facing * facing * rim
    return walls


def _lamp_falloff(surface: Surface, scene: Scene, lamp: Direction) -> np.ndarray:
    """Nearer the lamp is brighter, and the corners are darker."""
    size = surface.metal.shape[0]
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    column, row = axis, axis[:, None]
    toward_lamp = 0.10 * (lamp[0] * column + lamp[1] * row)
    even: np.ndarray = 1 + toward_lamp - scene.vignette * 0.5 * (column**2 + row**2)
    return even


def _power(base: np.ndarray, doublings: int) -> np.ndarray:
    """`base` to the power 2**doublings, by squaring: many times faster than numpy's power."""
    for _ in range(doublings):
        base = base * base
    return base


def _direction(azimuth: float, elevation: float) -> Direction:
    flat = math.cos(elevation)
    return flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)


def _unit(x: float, y: float, z: float) -> Direction:
    length = math.hypot(x, y, z)
    return x / length, y / length, z / length


def _vector(*values: float) -> np.ndarray:
    return np.array(values, np.float32)
