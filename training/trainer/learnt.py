"""Whether a network learnt anything: do its reconstructions follow their images?"""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.tensors import Tensor, normalised
from training.data.preprocessed import PreprocessedImages
from training.trainer.augmentation import augment

IMAGES = 16
"""Images that are looked at as they are, at most, and shifted and relit: normal parts may hardly differ otherwise."""


LOUDEST = 10.0
"""How many times as far as the images a reconstruction may go from its mean and still follow them: one that has
diverged may point the right way."""


def follows(graph: ScoringGraph, normals: PreprocessedImages, seed: int) -> float:
    """The correlation of reconstructions and what they should be, both without their mean over images, -1 to 1.

    That of the mean normal image, which explains nothing of what is left, is 0, as of any network that makes the same
    of whatever it is shown. What is wrong in every image alike does not count, as it does not in the anomaly map, from
    which the scale of each position takes it out. Not a number where a reconstruction is none.

    Args:
        graph: with the trained network.
        normals: normal images, uint8 [n, height, width, channels].
        seed: decides how they are shifted and relit.
    """
    plain = normalised(tf.constant(np.asarray(normals[:: max(1, -(-len(normals) // IMAGES))])))
    changed = [augment(_one(plain, number), tf.constant([seed, number], tf.int64)) for number in range(IMAGES)]
    targets = graph.autoencoder.target(tf.concat([plain, *changed], axis=0))
    made = graph.autoencoder.reconstruct(graph.network, targets)
    return _correlation(np.asarray(targets, np.float64), np.asarray(made, np.float64))


def _one(images: Tensor, number: int) -> Tensor:
    """One of them, [1, …]; after the last the first again."""
    place = number % len(images)
    return images[place : place + 1]


def _correlation(wanted: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    """Of both without their means over the images; 0 if one never changes, or what was made is too loud."""
    wanted, made = wanted - wanted.mean(axis=0), made - made.mean(axis=0)
    of_wanted, of_made = (float(np.sqrt(np.square(each).mean())) for each in (wanted, made))
    if of_wanted * of_made == 0.0 or of_made > LOUDEST * of_wanted:
        return 0.0
    return float((wanted * made).mean()) / (of_wanted * of_made)
