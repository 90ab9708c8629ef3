"""The scorer of a stream's bundle: proven once, and in memory while it is among those used last."""

import numpy as np
from numpy.typing import NDArray

from service.bundles.loaded_graphs import LoadedGraphs
from service.scoring.bundle import Bundle
from service.scoring.graph import Prediction
from service.scoring.private_copy import PrivateCopy
from service.scoring.scorer import Scorer


class StreamScorer(Scorer):
    """A scorer whose graph may leave memory between two images. To load it again needs nothing of the store."""

    def __init__(self, bundle: Bundle, threads: int, graphs: LoadedGraphs) -> None:
        """Load the graph and prove it on the golden images; `threads` images are scored at a time.

        Raises:
            BundleError: as Scorer.
        """
        self._graphs: LoadedGraphs | None = None
        self._copy = PrivateCopy(bundle.graph)
        super().__init__(bundle, threads=1, at_once=threads, model=self._copy.path)
        self._graphs = graphs
        graphs.use(self)

    def run(self, pixels: NDArray[np.uint8]) -> Prediction:
        """As Graph; waits for the graph to be loaded if it had left."""
        if self._graphs is not None:
            self._graphs.use(self)
        return super().run(pixels)

    def retire(self) -> None:
        """Its bundle has no role any more: images that are under way are still scored, then it is gone."""
        graphs, self._graphs = self._graphs, None
        if graphs is not None:
            graphs.forget(self)
