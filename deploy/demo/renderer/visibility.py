"""Whether a person sees a change between two pictures of a part."""

import cv2
import numpy as np

JUST_SEEN = 0.08
"""Share of the ground's grey level (Weber's law)."""

FAINTEST = 8.0
"""Grey levels, on any ground: four times the noise of the sensor."""

MASKING = 0.4
"""More is needed beside edges and in texture: this share of the ground's own standard deviation."""

EYE_PIXELS, GROUND_PIXELS, SLOW_PIXELS = 1.0, 3.0, 12.0
"""Standard deviations of Gaussians: what the eye averages over, takes for the ground, and no longer sees as an edge."""

FEWEST_PIXELS = 12
"""A change of fewer pixels looks like a speck of noise."""


def is_seen(good: np.ndarray, changed: np.ndarray) -> bool:
    """Whether `changed` differs visibly from `good`; both without noise, in grey levels, float32 [size, size, 3].

    Contrast that is just seen grows with that of the ground: Legge and Foley, Contrast masking in human vision, 1980.
    """
    grey = good.mean(axis=2)
    change = changed.mean(axis=2) - grey
    sharp = np.abs(cv2.GaussianBlur(change, (0, 0), EYE_PIXELS) - cv2.GaussianBlur(change, (0, 0), SLOW_PIXELS))
    ground = cv2.GaussianBlur(grey, (0, 0), GROUND_PIXELS)
    spread = np.sqrt(cv2.GaussianBlur((grey - ground) ** 2, (0, 0), GROUND_PIXELS))
    least = np.maximum(JUST_SEEN * ground, FAINTEST) + MASKING * spread
    return int(np.count_nonzero(sharp > least)) >= FEWEST_PIXELS
