"""Running a scoring graph (LiteRT): preprocessed pixels in, score, anomaly map and latent out. Needs no bundle."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.errors import Failure
from service.scoring.decoding import decode_for
from service.scoring.image import Decoded, ImageLimits, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.interpreters import Interpreters, Run
from service.scoring.preprocessing import preprocess
from service.scoring.tiles import cut, number_of_tiles, tile_size
from service.scoring.window import Window, on_image, window

MAP_RANK = 3
"""Of the anomaly map as the graph gives it, [1, h, w]."""


INFINITE = np.finfo(np.float32).max
"""XNNPACK gives the largest number in place of infinity."""


class GraphError(ValueError):
    """A graph that cannot be loaded, or whose inputs and outputs are not as expected."""


class GraphNotReloadedError(Failure, RuntimeError):
    """A graph that had left memory finds no room any more; this is no image's fault."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The graph's outputs for one image: `score` (higher is more anomalous), `anomaly_map` float32 [h, w]."""

    score: float
    anomaly_map: NDArray[np.float32]
    latent: NDArray[np.float32] | None = None
    """The image's latent vector, float32 [size], close to those of similar parts; None from a graph without one."""


@dataclass(frozen=True, slots=True)
class ImagePrediction:
    """The prediction for one image, the pixels it was made from, and the image's original (height, width)."""

    prediction: Prediction
    pixels: NDArray[np.uint8]
    """Preprocessed, uint8 [height, width, channels] as the graph's `input` defines them."""
    size: tuple[int, int]
    covers: Window
    """What of the image the anomaly map covers."""

    @property
    def whole_map(self) -> NDArray[np.float32]:
        """The anomaly map over the whole of the image, float32 [h, w]."""
        return on_image(self.prediction.anomaly_map, self.size, self.covers)


class Graph:
    """A loaded LiteRT scoring graph, for any number of threads; `at_once` of them can run it at a time."""

    def __init__(
        self, model: bytes | Path, spec: InputSpec, threads: int = 2, name: str = "the graph", at_once: int = 1
    ) -> None:
        """Load the graph and check its inputs and outputs.

        Args:
            model: the LiteRT flatbuffer, or a file with it that is mapped into memory and must not change.
            spec: the images it takes.
            threads: threads inside the graph, for each image.
            name: what errors call it.
            at_once: how many images are scored at a time; further ones wait.

        Raises:
            GraphError: if the graph cannot be loaded or does not fit `spec`.
        """
        self.input = spec
        self._name = name
        self._load = partial(Interpreters, partial(_runner, model, threads), at_once)
        self._lock = threading.Lock()
        try:
            self._loaded: Interpreters | None = self._load()
            with self._loaded.lent() as run:
                takes, gives = run.get_input_details(), run.get_output_details()
        except Exception as error:  # the runtime raises what it likes for bytes that are no graph
            raise GraphError("expected a LiteRT graph, found one that cannot be loaded") from error
        _check_signature(spec, takes, gives)

    def run(self, pixels: NDArray[np.uint8]) -> Prediction:
        """Score one preprocessed image, uint8 [height, width, channels] as `input` defines it.

        There is no batch form: so a score never depends on an image's neighbours in a batch, and the graph is never
        laid out again for another batch size.

        Raises:
            ImageRejected: with reason `unscorable`, if the graph fails on it or gives anything but finite numbers.
            GraphNotReloadedError: if it was released, and cannot be loaded again.
        """
        interpreters = self._interpreters()
        try:
            with interpreters.lent() as run:
                out = run(images=cut(pixels, self.input))
        except (RuntimeError, ValueError) as error:
            raise self._unscorable(f"that it fails ({_first_line(error)})") from error
        score, anomaly_map, latent = out["score"], out["anomaly_map"], out.get("code")
        if score.shape != (1,) or anomaly_map.ndim != MAP_RANK or not anomaly_map.size or len(anomaly_map) != 1:
            raise self._unscorable(f"shapes {score.shape} and {anomaly_map.shape}")
        for what, numbers in (("score", score), ("anomaly map", anomaly_map), ("latent", latent)):
            if numbers is not None and not (np.abs(numbers) < INFINITE).all():  # nor is NaN less than it
                raise self._unscorable(f"numbers in the {what} that are not finite")
        return Prediction(float(score[0]), anomaly_map[0], None if latent is None else latent[0])

    def release(self) -> None:
        """Let go of the memory, once no thread is in `run`; the next one loads the graph again."""
        self._loaded = None

    def _interpreters(self) -> Interpreters:
        with self._lock:
            try:
                loaded = self._loaded = self._loaded or self._load()
            except Exception as error:
                found = f"found: {_first_line(error)}; give the service more memory"
                raise GraphNotReloadedError(f"expected {self._name} to be loaded again, {found}") from error
            return loaded

    def score_decoded(self, image: Decoded) -> ImagePrediction:
        """Preprocess and score one image that was decoded for `input`.

        Raises:
            ImageRejected: as `preprocess` and `run`.
        """
        pixels = preprocess(image.pixels, self.input)
        return ImagePrediction(self.run(pixels), pixels, image.size, window(image.size, self.input))

    def score_encoded(self, data: bytes, limits: ImageLimits) -> ImagePrediction:
        """Decode, preprocess and score one encoded image: JPEG, PNG, BMP or TIFF.

        Raises:
            ImageRejected: if it cannot be decoded, is larger than the limits, or as `score_decoded`.
        """
        return self.score_decoded(decode_for(data, limits, self.input))

    def _unscorable(self, found: str) -> ImageRejected:
        return ImageRejected(
            Reason.UNSCORABLE,
            f"expected one finite score and anomaly map from {self._name}, found {found}; "
            "fit again, and let another bundle decide until then",
        )


def _runner(model: bytes | Path, threads: int) -> Run:
    source = {"model_path": str(model)} if isinstance(model, Path) else {"model_content": model}
    runner: Run = Interpreter(**source, num_threads=threads).get_signature_runner()
    return runner


def _check_signature(spec: InputSpec, takes: Mapping[str, Any], gives: Mapping[str, Any]) -> None:
    wanted = [number_of_tiles(spec), *tile_size(spec), spec.channels]
    shapes = [[int(side) for side in details["shape"]] for details in takes.values()]
    floats = all(details["dtype"] is np.float32 for details in gives.values())
    fits = set(takes) == {"images"} and shapes == [wanted] and takes["images"]["dtype"] is np.uint8
    if not fits or not floats or set(gives) - {"code"} != {"score", "anomaly_map"}:
        raise GraphError(
            f"expected a graph from {_images(wanted)} in uint8 to score, anomaly_map and maybe code in float32, "
            f"found one from {_listed(takes)} to {_listed(gives)}"
        )


def _images(shape: Sequence[int]) -> str:
    """Shapes without the batch's dimension, unless it is of tiles."""
    return f"images {list(shape[1:])}" if shape[0] == 1 else f"{shape[0]} tiles {list(shape[1:])}"


def _listed(tensors: Mapping[str, Any]) -> str:
    """Names, shapes without the batch's dimension, and types."""
    each = (f"{name} {[int(side) for side in t['shape']][1:]} in {np.dtype(t['dtype'])}" for name, t in tensors.items())
    return ", ".join(each) or "nothing"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
