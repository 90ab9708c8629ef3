"""What an image in tiles costs on the line, told before it is trained for."""

from time import perf_counter
from typing import Any

import tensorflow as tf

from service.environment.cores import usable_cores
from service.scoring.tiles import number_of_tiles
from training.autoencoders.base import Autoencoder
from training.backend.tensors import images_tensor, normalised, traced

RUNS = 3
"""Of them the quickest counts."""


def tile_price(autoencoder: Autoencoder[Any]) -> str:
    """One sentence on an autoencoder that has its statistics: how many times as long, and images a second here."""
    tiles = number_of_tiles(autoencoder.whole)
    network = autoencoder.build()
    blank = normalised(tf.zeros(images_tensor(autoencoder.whole).shape, tf.uint8))
    run = traced(lambda images: autoencoder.reconstruct(network, autoencoder.target(images)))
    run(blank)
    seconds = []
    for _ in range(RUNS):
        started = perf_counter()
        run(blank)
        seconds.append(perf_counter() - started)
    rate = usable_cores() / min(seconds)
    return f"{tiles} tiles: about {tiles} times the time of one, some {rate:.2g} images a second on this machine"
