"""Pose of the part, light and camera: what differs from one image of a good part to the next."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

RADIUS = 0.405  # of the part, as a fraction of the picture's side
PLAY, TURN = 0.012, math.radians(2.5)  # of the fixture: how far a part lies off its place, either way


@dataclass(frozen=True)
class Scene:
    """One picture's circumstances; lengths are fractions of the picture's side, angles radians."""

    center: tuple[float, float]
    rotation: float
    radius: float
    light_direction: float
    light_elevation: float
    light_strength: float
    warmth: float
    fill: float
    vignette: float
    blur: float
    noise: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """The circumstances of one good part: it lies in a fixture with play, under fixed lamps."""
        return cls(
            center=(0.5 + rng.uniform(-PLAY, PLAY), 0.5 + rng.uniform(-PLAY, PLAY)),
            rotation=rng.uniform(-TURN, TURN),
            radius=RADIUS * rng.normal(1, 0.002),
            light_direction=math.radians(-128) + rng.normal(0, math.radians(1.5)),
            light_elevation=math.radians(48) + rng.normal(0, math.radians(0.7)),
            light_strength=rng.normal(1, 0.03),
            warmth=rng.normal(0, 0.015),
            fill=rng.uniform(0.31, 0.37),
            vignette=rng.uniform(0.19, 0.24),
            blur=rng.uniform(0.0018, 0.0028),
            noise=rng.uniform(0.7, 1.3),
        )

    def part_to_pixels(self, size: int) -> np.ndarray:
        """The 2x3 affine matrix from part coordinates (outer radius 1, y down) to pixels."""
        cos, sin = self.radius * size * np.cos(self.rotation), self.radius * size * np.sin(self.rotation)
        x, y = (np.array(self.center) * size) - 0.5
        return np.array([[cos, -sin, x], [sin, cos, y]])
