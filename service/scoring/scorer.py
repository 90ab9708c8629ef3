"""Running a bundle's graph."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.scoring.bundle import Bundle, BundleError
from service.scoring.image import ImageLimits, decode, prepare
from service.scoring.manifest import InputSpec

GOLDEN_TOLERANCE = 1e-3
"""Relative; float32 kernels differ by less between processors, another graph or preprocessing by more."""

GOLDEN_LIMITS = ImageLimits(max_bytes=1 << 30, max_pixels=1 << 30)
"""Golden images come from a verified bundle, not from the line."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the graph says of one image: `score` (higher = stranger), `anomaly_map` float32 [h, w]."""

    score: float
    anomaly_map: NDArray[np.float32]
    code: NDArray[np.float32] | None = None
    """The image's code, float32 [size], as near to those of similar parts; None from a graph without one."""


class Scorer:
    """One bundle's graph, loaded and proven on its golden images. Belongs to one thread at a time."""

    def __init__(self, bundle: Bundle, threads: int = 2) -> None:
        """Load the graph and check it.

        Raises:
            BundleError: if the graph cannot run, does not fit the manifest, or misses its golden scores.
        """
        self.bundle = bundle
        try:
            self._graph = Interpreter(model_content=bundle.graph, num_threads=threads)
            self._run = self._graph.get_signature_runner()
            takes = self._run.get_input_details()
            gives = set(self._run.get_output_details())
        except (ValueError, RuntimeError) as error:
            raise BundleError(f"expected a LiteRT graph in {bundle.path}, found one that cannot be loaded") from error
        _check_signature(bundle, takes, gives)
        self._check_golden()

    @property
    def input(self) -> InputSpec:
        """What `score` takes."""
        return self.bundle.manifest.input

    def score(self, images: Sequence[NDArray[np.uint8]]) -> list[Prediction]:
        """Score prepared images, each uint8 [height, width, channels] as `input` says.

        Images run through the graph one by one: a score never depends on an image's neighbours in a
        batch, and the graph is never laid out anew for another batch size.
        """
        return [self._score_one(image) for image in images]

    def _score_one(self, image: NDArray[np.uint8]) -> Prediction:
        out = self._run(images=image[np.newaxis])
        return Prediction(
            score=float(out["score"][0]),
            anomaly_map=out["anomaly_map"][0],
            code=out["code"][0] if "code" in out else None,
        )

    def _check_golden(self) -> None:
        for data, expected in self.bundle.golden():
            found = self._score_one(prepare(decode(data, GOLDEN_LIMITS), self.input)).score
            if not math.isclose(found, expected, rel_tol=GOLDEN_TOLERANCE):
                raise BundleError(
                    f"expected bundle {self.bundle.id} to score a golden image {expected:.6g}, found {found:.6g}: "
                    "this machine or release would decide otherwise than the calibration; fit anew with this release"
                )


def _check_signature(bundle: Bundle, takes: dict[str, dict[str, object]], gives: set[str]) -> None:
    spec = bundle.manifest.input
    wanted = [spec.height, spec.width, spec.channels]
    shape = [int(side) for side in takes["images"]["shape"]][1:] if "images" in takes else []  # type: ignore[attr-defined] # untyped library
    if shape != wanted or gives - {"code"} != {"score", "anomaly_map"}:
        raise BundleError(
            f"expected a graph from images {wanted} to score, anomaly_map and maybe code, "
            f"found one from {shape} to {sorted(gives)}; fit anew"
        )
