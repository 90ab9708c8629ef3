"""A converted graph before it is decided in which precision it computes."""

from dataclasses import dataclass

from service.scoring.manifest import Precision
from training.backend.int8 import quantised
from training.backend.joined import joined


@dataclass(frozen=True, slots=True)
class ConvertedGraph:
    """What was learnt, in float32, maybe behind a frozen graph that stays as it is."""

    learnt: bytes
    frozen: bytes | None = None
    products: tuple[str, ...] = ()
    """Names of the matrix products that are in int8 as convolutions are."""

    def flatbuffer(self, precision: Precision) -> bytes:
        """The whole graph, what was learnt of it in this precision."""
        learnt = quantised(self.learnt, self.products) if precision == "int8" else self.learnt
        return learnt if self.frozen is None else joined(self.frozen, learnt)
