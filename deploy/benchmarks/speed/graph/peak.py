"""The machine's peak of multiply-adds, measured by LiteRT itself: one large fully connected operator."""

from dataclasses import dataclass

import numpy as np

from deploy.benchmarks.speed.graph.operators import Operator
from deploy.devtools.graph_writer import GraphWriter
from training.backend.timing import Timed, medians

SIDES = (256, 384, 512, 768)
"""Of the three matrices: the best size is the one that suits this machine's caches."""
SCALE = 1 / 64


@dataclass(frozen=True)
class Peak:
    """Multiply-adds a second on one thread, by the type of the operands."""

    int8: float
    float32: float

    def seconds(self, operators: list[Operator]) -> float:
        """The least time that the multiply-adds of these operators can take."""
        integers = sum(each.macs for each in operators if each.dtype in ("int8", "uint8"))
        return integers / self.int8 + (sum(each.macs for each in operators) - integers) / self.float32


def measure_peak(rounds: int) -> Peak:
    """The best of several sizes, medians of rounds that alternate."""
    graphs = [Timed(fully_connected(side, dtype), threads=1) for dtype in ("int8", "float32") for side in SIDES]
    taken = medians(graphs, rounds)
    rates = [1000 * side**3 / milliseconds for side, milliseconds in zip(2 * SIDES, taken, strict=True)]
    return Peak(int8=max(rates[: len(SIDES)]), float32=max(rates[len(SIDES) :]))


def fully_connected(side: int, dtype: str) -> bytes:
    """A graph of one product of two matrices, `side` x `side` each: side^3 multiply-adds."""
    random, graph, shape = np.random.default_rng(0), GraphWriter(), (side, side)
    scale = SCALE if dtype == "int8" else None
    values = random.integers(-127, 127, shape, np.int8) if scale else random.random(shape, np.float32)
    images = graph.tensor("images", dtype, shape, scale=scale)
    weights = graph.constant(values, scale)
    bias = graph.constant(np.zeros(side, np.int32 if scale else np.float32), scale and scale**2)
    product = graph.apply("FULLY_CONNECTED", [images, weights, bias], dtype, shape, "FullyConnected", scale and 1.0)
    return graph.packed({"images": images}, {"product": product})
