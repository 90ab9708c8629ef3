"""How well an autoencoder tells defects from normal parts, measured without one defect image."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.data.preprocessed import PreparedImages
from training.data.synthetic_defects import KINDS, plant
from training.scoring_graph import ScoringGraph
from training.sensitivity import CONTRASTS, SIZES
from training.statistics.detection_metrics import auroc

IMAGES = 16
"""Defects are planted on at most so many: with four kinds and four sizes, 256 of them."""

PLANTING = 1
"""Seed of the defects by which `feature` weighs its mixtures; it is judged by others, of the same kinds."""


def planted_auroc(graph: ScoringGraph, normals: PreparedImages, seed: int) -> float:
    """The probability that an image with a planted defect scores higher than a normal image.

    Every kind and size of `training.sensitivity` is planted on each of up to IMAGES normal images, with its contrasts
    in turn; the seed decides where, so that two autoencoders are asked about the same defects. Compared are all
    pairs, and so a few dozen normal images are enough, where the recall at a false-alarm rate of 1 % would hang on
    the strangest one of them.
    """
    run = tf.function(lambda images: graph(images)["score"], reduce_retracing=True)
    plain = np.concatenate([run(tf.constant(batch)).numpy() for batch in normals.batches()])
    others = planted_images(normals, PLANTING + 1 + seed)
    planted = np.concatenate([run(tf.constant(batch)).numpy() for batch in others])
    return auroc(plain, planted)


def planted_images(normals: PreparedImages, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Normal images with a defect each: uint8 [kinds x sizes, height, width, channels] for each image that is used."""
    rows = np.unique(np.linspace(0, len(normals) - 1, IMAGES).round().astype(np.int64))
    for number, row in enumerate(rows):
        image = normals[row[np.newaxis]][0]
        batch = []
        for k, kind in enumerate(KINDS):
            for s, size in enumerate(SIZES):
                contrast = CONTRASTS[(number + k + s) % len(CONTRASTS)]
                batch.append(plant(image, kind, size, contrast, np.random.default_rng([seed, number, k, s])))
        yield np.stack(batch)
