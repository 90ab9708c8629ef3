"""Milliseconds of each anomaly map in a graph, measured where it is exported."""

from time import thread_time

from training.autoencoders.scoring_graph import ScoringGraph
from training.backend.outputs import ending_at
from training.backend.quiet import quiet
from training.backend.tensors import Tensor
from training.backend.timing import Timed, fastest
from training.trainer.result import MapPrices

ROUNDS = 60
"""Runs of each graph, in turn."""

RESIDUAL = "residual"


def map_prices(graph: ScoringGraph, flatbuffer: bytes) -> MapPrices | None:
    """What the maps of a scoring graph take of its time; None where nothing tells what they are worth.

    The graph is converted once more with its residual and each map as outputs, and cut off behind these, so that every
    time is that of a whole graph. They run in turn; processor time of one thread counts, and of it the least of ROUNDS,
    since noise would hide small differences.

    Args:
        graph: what was learnt.
        flatbuffer: its exported graph.
    """
    autoencoder, worths = graph.autoencoder, graph.autoencoder.map_worths()
    if not worths:
        return None

    def apart(target: Tensor) -> dict[str, Tensor]:
        reconstruction = autoencoder.reconstruct(graph.network, target)
        return {RESIDUAL: target - reconstruction, **autoencoder.maps(target, reconstruction)}

    parts = autoencoder.converted(apart).flatbuffer(autoencoder.precision)
    names = [RESIDUAL, *(each.name for each in worths)]
    cut = [ending_at(parts, names[: count + 1]) for count in range(len(names))]
    with quiet():  # the first run writes to stderr which delegate it uses
        before, *after, whole = fastest([Timed(each, 1, thread_time) for each in (*cut, flatbuffer)], ROUNDS)
    return MapPrices(worths, before, tuple(after), whole)
