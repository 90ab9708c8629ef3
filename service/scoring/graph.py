"""Running a scoring graph (LiteRT): preprocessed pixels in, score, anomaly map and latent out. Needs no bundle."""

from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.scoring.decoding import decode
from service.scoring.image import ImageLimits, Pixels
from service.scoring.manifest import InputSpec
from service.scoring.preprocessing import preprocess


class GraphError(ValueError):
    """A graph that cannot be loaded, or whose inputs and outputs are not as expected."""


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


class Graph:
    """A loaded LiteRT scoring graph. Belongs to one thread at a time."""

    def __init__(self, model: bytes, spec: InputSpec, threads: int = 2) -> None:
        """Load the graph and check its inputs and outputs.

        Args:
            model: the LiteRT flatbuffer.
            spec: the images it takes.
            threads: threads inside the graph.

        Raises:
            GraphError: if the graph cannot be loaded or does not fit `spec`.
        """
        self.input = spec
        try:
            self._interpreter = Interpreter(model_content=model, num_threads=threads)
            self._run = self._interpreter.get_signature_runner()
            takes = self._run.get_input_details()
            gives = set(self._run.get_output_details())
        except (ValueError, RuntimeError) as error:
            raise GraphError("expected a LiteRT graph, found one that cannot be loaded") from error
        _check_signature(spec, takes, gives)

    def run(self, pixels: NDArray[np.uint8]) -> Prediction:
        """Score one preprocessed image, uint8 [height, width, channels] as `input` defines it.

        There is no batch form: so a score never depends on an image's neighbours in a batch, and the graph is never
        laid out again for another batch size.
        """
        out = self._run(images=pixels[np.newaxis])
        return Prediction(
            score=float(out["score"][0]),
            anomaly_map=out["anomaly_map"][0],
            latent=out["code"][0] if "code" in out else None,
        )

    def score_decoded(self, image: Pixels) -> ImagePrediction:
        """Preprocess and score one decoded image, uint8 or uint16, [h, w] or RGB [h, w, 3]."""
        pixels = preprocess(image, self.input)
        return ImagePrediction(self.run(pixels), pixels, (image.shape[0], image.shape[1]))

    def score_encoded(self, data: bytes, limits: ImageLimits) -> ImagePrediction:
        """Decode, preprocess and score one encoded image: JPEG, PNG, BMP or TIFF.

        Raises:
            ImageRejected: if it cannot be decoded, or is larger than the limits.
        """
        return self.score_decoded(decode(data, limits))


def _check_signature(spec: InputSpec, takes: dict[str, dict[str, object]], gives: set[str]) -> None:
    wanted = [spec.height, spec.width, spec.channels]
    shape = [int(side) for side in takes["images"]["shape"]][1:] if "images" in takes else []  # type: ignore[attr-defined] # untyped library
    if shape != wanted or gives - {"code"} != {"score", "anomaly_map"}:
        raise GraphError(
            f"expected a graph from images {wanted} to score, anomaly_map and maybe code, "
            f"found one from {shape} to {sorted(gives)}"
        )
