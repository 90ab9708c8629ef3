"""Nearest neighbours in latent space."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Distance = Literal["euclid", "cosine"]


def nearest(
    latent: NDArray[np.float32], latents: NDArray[np.float32], count: int, distance: Distance
) -> list[tuple[int, float]]:
    """The rows of `latents` [n, size] nearest to `latent` [size], with their distances, the nearest first.

    `euclid` is the length of the difference; `cosine` is 1 - cos of the angle between latents, 0 to 2, which does not
    see how long they are. A latent of zeros has an angle to none: its cosine distance is 1.
    """
    wide, query = latents.astype(np.float64), latent.astype(np.float64)
    if distance == "euclid":
        away = np.linalg.norm(wide - query, axis=1)
    else:
        lengths = np.linalg.norm(wide, axis=1) * np.linalg.norm(query)
        away = 1.0 - np.divide(wide @ query, lengths, out=np.zeros(len(wide)), where=lengths > 0)
    order = np.argsort(away, kind="stable")[:count]
    return [(int(row), float(away[row])) for row in order]
