"""The mark lasered onto the part: a matrix code and two lines of text."""

from functools import lru_cache

import cv2
import numpy as np

from deploy.demo.renderer.scene import Scene

CENTER = (0.0, 0.765)  # in part coordinates
HALF_WIDTH, HALF_HEIGHT = 0.27, 0.125
PIXELS_PER_UNIT = 480
MODULES = 12
LINES = ("LW-204", "B 7731")


@lru_cache(maxsize=16)
def draw(lines: tuple[str, str] = LINES) -> np.ndarray:
    """The mark as ink, float32 [height, width] in 0..1, much finer than any picture of it."""
    height, width = (round(2 * half * PIXELS_PER_UNIT) for half in (HALF_HEIGHT, HALF_WIDTH))
    ink = np.zeros((height, width), np.uint8)
    side = height // MODULES * MODULES
    code = cv2.resize(_matrix_code(lines) * 255, (side, side), interpolation=cv2.INTER_NEAREST)
    ink[:side, :side] = code
    for row, line in enumerate(lines):
        baseline = round(height * (0.4 + 0.52 * row))
        cv2.putText(ink, line, (side + 8, baseline), cv2.FONT_HERSHEY_DUPLEX, 1.12, 255, 5, cv2.LINE_AA)
    return ink.astype(np.float32) / 255


def place(ink: np.ndarray, scene: Scene, size: int, offset: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """The ink as the camera sees it, float32 [size, size]; `offset` moves it, in part coordinates."""
    pixels_per_ink = scene.radius * size / PIXELS_PER_UNIT
    fine = cv2.GaussianBlur(ink, (0, 0), 0.4 / pixels_per_ink)  # no aliasing when it is made smaller
    corner = (CENTER[0] - HALF_WIDTH + offset[0], CENTER[1] - HALF_HEIGHT + offset[1])
    ink_to_part = np.array([[1 / PIXELS_PER_UNIT, 0, corner[0]], [0, 1 / PIXELS_PER_UNIT, corner[1]], [0, 0, 1]])
    placed: np.ndarray = cv2.warpAffine(fine, scene.part_to_pixels(size) @ ink_to_part, (size, size))
    return placed


def _matrix_code(lines: tuple[str, str]) -> np.ndarray:
    """Modules that look like a data matrix: solid left and bottom, dotted top and right, the text inside."""
    inside = np.random.default_rng(list("".join(lines).encode())).integers(0, 2, (MODULES, MODULES), np.uint8)
    inside[0], inside[:, -1] = np.arange(MODULES) % 2 == 0, np.arange(MODULES) % 2 == 1
    inside[:, 0], inside[-1] = 1, 1
    return inside
