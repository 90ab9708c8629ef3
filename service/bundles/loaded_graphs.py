"""Graphs in memory, of which there are no more than a bound: the one that was not used for longest leaves."""

import threading
from collections import OrderedDict

from service.metrics import Metrics
from service.scoring.graph import Graph

MOST = 64


class LoadedGraphs:
    """Knows which graphs are loaded, of all streams and both roles; for any thread."""

    def __init__(self, metrics: Metrics, most: int = MOST) -> None:
        """`most` are in memory at a time, beside those that are running just then."""
        self._metrics = metrics
        self._most = most
        self._lock = threading.Lock()
        self._recent = OrderedDict[Graph, None]()

    def use(self, graph: Graph) -> None:
        """Note that a graph is used now, and have others leave for it."""
        with self._lock:
            if graph not in self._recent:
                self._metrics.graph_loads.inc()
            self._recent[graph] = None
            self._recent.move_to_end(graph)
            leaving = [self._recent.popitem(last=False)[0] for _ in range(len(self._recent) - self._most)]
            self._metrics.loaded_graphs.set(len(self._recent))
        for each in leaving:
            each.release()

    def forget(self, graph: Graph) -> None:
        """Count a graph no more: its bundle has no role now, and it goes with the last image that is being scored."""
        with self._lock:
            self._recent.pop(graph, None)
            self._metrics.loaded_graphs.set(len(self._recent))
