"""Refusing a fit that learnt nothing, before anything is published."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import TrainingError

ALIKE = 1e-6
"""Scores that differ by no more than this share of the largest are alike: rounding alone tells them apart."""

FOLLOWS = 0.01
"""The least correlation of reconstructions with their images; of a network that makes the same of all it is about 0."""


EXPECTED = "expected a fit that tells normal images apart"


def check_learnt(scores: Sequence[float], follows: float, options: Mapping[str, Any]) -> None:
    """Refuse a fit by its calibration scores, and by how its reconstructions follow their images.

    Args:
        scores: of normal images.
        follows: see `training.trainer.learnt.follows`.
        options: of the autoencoder, to say what to change.

    Raises:
        TrainingError: if scores are all alike or not finite, or reconstructions no better than the mean normal image.
    """
    check_scores(scores, options)
    if not np.isfinite(follows):
        raise TrainingError(_no_numbers(options))
    if follows < FOLLOWS:
        raise TrainingError(
            f"{EXPECTED}, found reconstructions no better than the mean normal image, the same whatever they are of "
            f"(correlation {follows:.2g}): it learnt nothing; {_advice(options)}"
        )


def check_scores(scores: Sequence[float] | NDArray[np.float64], options: Mapping[str, Any]) -> None:
    """Refuse a fit, or that of a fold, by what its graph gives normal images; a single one says nothing.

    Raises:
        TrainingError: if scores are all alike or not finite.
    """
    if not np.isfinite(scores).all():
        raise TrainingError(_no_numbers(options))
    if len(scores) > 1 and np.ptp(scores) <= ALIKE * np.max(np.abs(scores)):
        raise TrainingError(
            f"{EXPECTED}, found the score {scores[0]:.6g} for each of {len(scores)} calibration images: it learnt "
            f"nothing; {_advice(options)}"
        )


def _no_numbers(options: Mapping[str, Any]) -> str:
    return f"{EXPECTED}, found scores or reconstructions that are no numbers; {_advice(options)}"


def _advice(options: Mapping[str, Any]) -> str:
    others = [name for name in ("loss", "noise", "beta") if name in options]
    another = f", another {' or '.join(others)}" if others else ""
    return (
        f"fit again with more epochs than {options['epochs']}{another}, or a learning_rate below "
        f"{options['learning_rate']:g} (--options learning_rate=…)"
    )
