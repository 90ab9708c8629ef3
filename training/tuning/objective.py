"""How well an autoencoder tells defects from normal parts, measured without one defect image."""

import numpy as np
import tensorflow as tf

from training.autoencoders.scoring_graph import ScoringGraph
from training.data.preprocessed import BATCH, PreprocessedImages
from training.data.synthetic_defects import SYNTHESIS, synthetic_defect_images
from training.statistics.detection_metrics import auroc


def synthetic_defect_auroc(graph: ScoringGraph, normals: PreprocessedImages, seed: int) -> float:
    """The probability that an image with a planted defect scores higher than a normal image.

    Every kind and size of the sensitivity table is planted on each of up to IMAGES normal images, with its contrasts
    in turn; the seed decides where, so that two autoencoders are asked about the same defects. Compared are all
    pairs, and so a few dozen normal images are enough, where the recall at a false-alarm rate of 1 % would hang on
    the strangest one of them.
    """
    run = tf.function(lambda images: graph(images)["score"], reduce_retracing=True)
    batches = np.split(normals, range(BATCH, len(normals), BATCH))
    plain = np.concatenate([run(tf.constant(batch)).numpy() for batch in batches])
    others = synthetic_defect_images(normals, SYNTHESIS + 1 + seed)
    planted = np.concatenate([run(tf.constant(batch)).numpy() for batch in others])
    return auroc(plain, planted)
