"""Objective of the search: AUROC of synthetic defects, so that no image of a defect is needed."""

import numpy as np
import tensorflow as tf

from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.tensors import traced
from training.data.preprocessed import PreprocessedImages, batches
from training.data.synthetic_defects import SYNTHESIS_SEED, synthetic_defect_images
from training.statistics.detection_metrics import auroc


def synthetic_defect_auroc(graph: ScoringGraph, normals: PreprocessedImages, seed: int) -> float:
    """The probability that an image with a synthetic defect scores higher than a normal image.

    Every kind and size of the sensitivity table is drawn on each of up to IMAGES normal images, with its contrasts
    in turn; the seed decides where, so that two autoencoders are measured on the same defects. Compared are all
    pairs, and so a few dozen normal images are enough, where the recall at a false-alarm rate of 1 % would depend on
    the highest-scoring one of them.
    """
    run = traced(lambda images: graph(images)["score"])
    plain = np.concatenate([run(tf.constant(batch)).numpy() for batch in batches(normals)])
    others = synthetic_defect_images(normals, SYNTHESIS_SEED + 1 + seed, graph.autoencoder.spec.ignored)
    defective = np.concatenate([run(tf.constant(batch)).numpy() for batch in others])
    return auroc(plain, defective)
