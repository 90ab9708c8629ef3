"""Weights of several anomaly maps in their sum, learnt from synthetic defects alone, and how far these agree."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.scoring_graph import top_mean

Floats = NDArray[np.float32]

STEPS = 8
"""Equal shares of the weight that are handed out."""

BAGS = 12
"""Resamplings that the weights are averaged over: a few dozen normal images determine little about each map."""

SPLITS = 12
"""Times that the images are divided into halves, to see whether these agree."""

SEED = 0
"""Of the resamplings: the same images always give the same weights."""

LEAST_SHARE = 0.05
"""A map that counts for less does not count: it would cost as much to compute as one that counts for all."""

LEAST_SPREAD = 0.1
"""Of normal scores, in means: a few images that happen to score alike must not decide."""


def blended_weights(
    normal: Sequence[Floats], defective: Sequence[Floats], even: float | Literal["auto"]
) -> list[float]:
    """The weight of each map: a share `even` of all weight is alike, the rest is that of `map_weights`.

    Real defects are of yet another kind than synthetic ones, so with "auto" equal weights count once, and learnt ones
    as much as halves of the images agree on them: at most half in all, and nothing where chance decides.

    Args:
        normal: as those of `map_weights`.
        defective: the same.
        even: a share from 0 to 1, or auto.
    """
    share = 1.0 / (1.0 + agreement(normal, defective)) if even == "auto" else even
    return [share / len(normal) + (1.0 - share) * learnt for learnt in map_weights(normal, defective)]


def map_weights(normal: Sequence[Floats], defective: Sequence[Floats]) -> list[float]:
    """The weight of each map in their sum, so that synthetic defects stand out from normal images.

    Shares are handed out one after the other, each to the map that lifts the *margin* of the sum the most,

        (median score of images with a synthetic defect - mean score of normal images) / deviation of the latter,

    and the sum with the largest margin on the way is kept. The median ignores synthetic defects that nothing can
    see, and from those that everything sees. This is done for BAGS resamplings of the images, drawn with replacement,
    and the shares are averaged. Most maps count for nothing in the end: they need not be computed.

    Source: bagged forward selection with replacement: Caruana et al., "Ensemble Selection from Libraries of Models",
    ICML (2004).

    Args:
        normal: each map of normal images that nothing was fitted on, [n, h, w], all of the same size.
        defective: each map of images with a synthetic defect, [m, h, w].

    Returns:
        For each map at least 0; of maps divided by their mean on `normal`, they would sum to 1.
    """
    plain, anomalous, units = _in_means(normal, defective)
    rng = np.random.default_rng(SEED)
    handed_out = np.mean([_handed_out(_resampled(plain, rng), _resampled(anomalous, rng)) for _ in range(BAGS)], axis=0)
    kept = np.where(handed_out >= min(LEAST_SHARE, handed_out.max()), handed_out, 0.0)
    found: list[float] = (kept / kept.sum() / units).tolist()
    return found


def agreement(normal: Sequence[Floats], defective: Sequence[Floats]) -> float:
    """How far shares that two halves of the images give the maps agree: 1 if they are the same, 0 if chance decides.

    With d and d' what either half gives each map above an equal share, it is

        mean of d . d' over SPLITS divisions into halves / mean of d . d over all halves,

    and 0 where that is negative, or for a single normal image. The halves have no normal image and no defect in
    common: where nothing tells maps apart, what luck gives a map in one half it does not give in the other.

    Source: reliability by halves: Spearman, "Correlation Calculated from Faulty Data", British Journal of Psychology 3
    (1910).

    Args:
        normal: as those of `map_weights`.
        defective: the same.
    """
    plain, anomalous, _ = _in_means(normal, defective)
    if plain.shape[1] == 1:
        return 0.0
    rng = np.random.default_rng(SEED)
    pairs = np.stack([_by_halves(plain, anomalous, rng) for _ in range(SPLITS)]) - 1.0 / len(plain)
    own = float(np.square(pairs).sum(axis=-1).mean())
    both = float((pairs[:, 0] * pairs[:, 1]).sum(axis=-1).mean())
    return min(1.0, max(0.0, both / own)) if own > 0.0 else 0.0


def _by_halves(normal: Floats, defective: Floats, rng: np.random.Generator) -> NDArray[np.float64]:
    """The share of each map by either half of the images, [2, maps]."""
    plain, anomalous = (rng.permutation(maps.shape[1]) for maps in (normal, defective))
    return np.stack([_handed_out(normal[:, plain[half::2]], defective[:, anomalous[half::2]]) for half in (0, 1)])


def _in_means(normal: Sequence[Floats], defective: Sequence[Floats]) -> tuple[Floats, Floats, NDArray[np.float32]]:
    """Both as [maps, images, h, w], each map divided by its mean on normal images; and these means."""
    means = np.array([each.mean() for each in normal])
    plain, anomalous = (
        np.stack([each / mean for each, mean in zip(maps, means, strict=True)]) for maps in (normal, defective)
    )
    return plain, anomalous, means


def _resampled(maps: Floats, rng: np.random.Generator) -> Floats:
    """As many images, drawn with replacement, of [maps, images, h, w]."""
    return maps[:, rng.integers(0, maps.shape[1], maps.shape[1])]


def _handed_out(normal: Floats, defective: Floats) -> NDArray[np.float64]:
    """The share of each map, [maps]."""
    counts = np.zeros(len(normal))
    best, kept = -np.inf, counts
    sums = np.zeros_like(normal[0]), np.zeros_like(defective[0])
    for _ in range(STEPS):
        tried = [(sums[0] + plain, sums[1] + anomalous) for plain, anomalous in zip(normal, defective, strict=True)]
        margins = [_margin(*each) for each in tried]
        chosen = int(np.argmax(margins))
        counts, sums = counts + (np.arange(len(counts)) == chosen), tried[chosen]
        if margins[chosen] > best:
            best, kept = margins[chosen], counts
    return np.asarray(kept / kept.sum())


def _margin(normal: Floats, defective: Floats) -> float:
    plain, anomalous = (top_mean(tf.constant(maps)).numpy() for maps in (normal, defective))
    mean = float(plain.mean())
    return (float(np.median(anomalous)) - mean) / max(float(plain.std()), LEAST_SPREAD * mean)
