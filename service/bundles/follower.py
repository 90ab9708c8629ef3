"""Hot-swapping bundles: loads each stream's bundle of one role, and follows the store as it changes."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from service.bundles.loaded_graphs import LoadedGraphs
from service.bundles.stream_scorer import StreamScorer
from service.metrics import Metrics
from service.scoring.bundle import Bundle, BundleError, BundleStore
from service.scoring.scorer import Scorer

RETRY_SECONDS = 60.0
"""A refused bundle whose files have not changed is tried again after this time: to load one takes long."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A bundle that is not used, because it cannot be loaded or failed on an image, and why."""

    bundle: str
    why: str
    is_gone: bool = False
    """The store has none in this role any more, and the loaded one goes on."""


@dataclass(frozen=True, slots=True)
class _Try:
    """A bundle that could not be loaded, the state of its files then, and when that was, in monotonic seconds."""

    bundle: str
    stamp: object
    at: float


class BundleFollower(ABC):
    """The loaded bundles of one role, one scorer a stream.

    `refresh` runs in one thread; everything else may be called from any: a change replaces a whole dictionary.
    """

    def __init__(self, store: BundleStore, metrics: Metrics, threads: int, graphs: LoadedGraphs | None = None) -> None:
        """`threads` is how many images of a stream are scored at a time, each by one thread; `graphs` has the bound."""
        self._store = store
        self._metrics = metrics
        self._threads = threads
        self._graphs = graphs or LoadedGraphs(metrics)
        self._scorers: dict[str, StreamScorer] = {}
        self._refusals: dict[str, Refusal] = {}
        self._tries: dict[str, _Try] = {}
        self._store_error = ""

    @property
    def store_error(self) -> str:
        """Why the store cannot be read, as the last look found; or nothing."""
        return self._store_error

    def get(self, stream: str) -> Scorer | None:
        """The scorer of a stream's bundle, or None."""
        return self._scorers.get(stream)

    def all(self) -> dict[str, Scorer]:
        """Stream -> scorer, by stream name."""
        return dict(sorted(self._scorers.items()))

    def refusals(self) -> dict[str, Refusal]:
        """Stream -> the bundle that is refused at present."""
        return dict(self._refusals)

    def refresh(self) -> None:
        """Load what is new in the store. What cannot be used is logged once and tried again: it stops nothing else."""
        try:
            streams = self._store.streams()
        except BundleError as error:
            if str(error) != self._store_error:
                self._on_unreadable_store(error)
            self._store_error = str(error)
            return
        if self._store_error:
            self._on_readable_store()
        self._store_error = ""
        for stream in streams:
            self._refresh_stream(stream)
        for stream, loaded in self._scorers.items():
            if stream not in streams:
                self._on_vacant(stream, loaded)
        for stream in self._refusals.keys() - self._scorers.keys() - set(streams):
            self._clear_refusal(stream)

    def _refresh_stream(self, stream: str) -> None:
        loaded, chosen = self._scorers.get(stream), ""
        try:
            chosen = self._chosen(stream) or ""
            if loaded is not None and loaded.bundle.id == chosen:
                self._keep(stream, chosen)
                return
            if loaded is not None and not chosen:
                self._on_vacant(stream, loaded)
                return
            if loaded is not None:
                self._on_outdated(stream, loaded)
            if self._was_tried(stream, chosen):
                return
            bundle = self._read(stream, chosen)
            scorer = None if bundle is None else StreamScorer(bundle, self._threads, self._graphs)
        except (BundleError, OSError) as error:
            self._refuse(stream, Refusal(chosen, str(error)))
            return
        except Exception as error:  # noqa: BLE001 - one stream's bundle must not stop the others, whatever it raises
            what = f"{type(error).__name__}: {error}"
            self._refuse(stream, Refusal(chosen, f"expected a bundle, found one that fails ({what}); please report it"))
            return
        self._clear_refusal(stream)
        if scorer is not None:
            self._scorers = self._scorers | {stream: scorer}
            self._on_loaded(stream, scorer, loaded)
            if loaded is not None:
                loaded.retire()

    def _was_tried(self, stream: str, chosen: str) -> bool:
        """Whether a bundle was refused lately and is still the same; notes that it is tried now, if not."""
        now, stamp, last = time.monotonic(), self._store.stamp(stream, chosen), self._tries.get(stream)
        is_refused = stream in self._refusals and last is not None and (last.bundle, last.stamp) == (chosen, stamp)
        if last is not None and is_refused and now - last.at < RETRY_SECONDS:
            return True
        self._tries[stream] = _Try(chosen, stamp, now)
        return False

    def _keep(self, stream: str, chosen: str) -> None:
        """The loaded bundle is the chosen one: only a refusal of its own lasts, such as that it failed on an image."""
        refusal = self._refusals.get(stream)
        if refusal is not None and refusal.bundle != chosen:
            self._clear_refusal(stream)

    def _refuse(self, stream: str, refusal: Refusal) -> None:
        if self._refusals.get(stream) == refusal:
            return
        self._refusals = self._refusals | {stream: refusal}
        self._on_refused(stream, refusal)

    def _clear_refusal(self, stream: str) -> None:
        if stream in self._refusals:
            self._on_cleared(stream)
        self._refusals = {name: refusal for name, refusal in self._refusals.items() if name != stream}

    @abstractmethod
    def _chosen(self, stream: str) -> str | None:
        """The id of the bundle that has the role for a stream now, or None."""

    @abstractmethod
    def _read(self, stream: str, chosen: str) -> Bundle | None:
        """Read the chosen bundle; None if there is nothing to load.

        Raises:
            BundleError: if it cannot be used.
        """

    @abstractmethod
    def _on_outdated(self, stream: str, loaded: Scorer) -> None:
        """Another bundle has the role: stop using the loaded one, or keep it until that one is loaded."""

    @abstractmethod
    def _on_loaded(self, stream: str, scorer: Scorer, replaced: Scorer | None) -> None:
        """Report a bundle that was loaded, to metrics and log."""

    @abstractmethod
    def _on_vacant(self, stream: str, loaded: Scorer) -> None:
        """No bundle has the role any more: stop using the loaded one, or keep it until there is another."""

    @abstractmethod
    def _on_refused(self, stream: str, refusal: Refusal) -> None:
        """Report a bundle that was refused."""

    @abstractmethod
    def _on_cleared(self, stream: str) -> None:
        """Report that the stream's bundle is refused no more."""

    @abstractmethod
    def _on_unreadable_store(self, error: BundleError) -> None:
        """Report a store that cannot be read."""

    @abstractmethod
    def _on_readable_store(self) -> None:
        """Report that the store can be read again."""
