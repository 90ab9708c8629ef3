"""A verified bundle, ready to score: its graph, proven on its golden images."""

import math
from importlib.util import find_spec
from pathlib import Path

from service.scoring.bundle import Bundle, BundleError
from service.scoring.graph import Graph, GraphError
from service.scoring.image import ImageLimits, ImageRejected

GOLDEN_LIMITS = ImageLimits(max_bytes=1 << 30, max_pixels=1 << 28)
"""Golden images come from a verified bundle, not from the line."""


class Scorer(Graph):
    """The loaded graph of one verified bundle."""

    def __init__(self, bundle: Bundle, threads: int = 2, at_once: int = 1, model: Path | None = None) -> None:
        """Load the graph and compare its scores of the golden images with the exporting machine's; else as Graph.

        `model` is a file with the bundle's graph, to be mapped; without one the graph is read from the bundle.

        Raises:
            BundleError: if the graph cannot run, does not fit the manifest, or misses its golden scores.
        """
        if bundle.manifest.input.margin is None and find_spec("cv2") is None:
            raise BundleError(
                f"expected OpenCV, with which bundle {bundle.id} of an earlier release resizes images, found none: "
                "pip install 'linewatch[opencv]', or fit again"
            )
        try:
            source = model or bundle.graph
            super().__init__(source, bundle.manifest.input, threads, f"bundle {bundle.id}", at_once)
        except GraphError as error:
            raise BundleError(f"{error}, in bundle {bundle.path}; fit again") from error
        self.bundle = bundle
        self._check_golden()

    def _check_golden(self) -> None:
        tolerance = self.bundle.manifest.golden_tolerance
        for data, expected in self.bundle.golden():
            try:
                found = self.score_encoded(data, GOLDEN_LIMITS).prediction.score
            except ImageRejected as rejected:
                raise BundleError(
                    f"expected bundle {self.bundle.id} to score its golden images, found: {rejected}"
                ) from rejected
            if not math.isclose(found, expected, rel_tol=tolerance):
                raise BundleError(
                    f"expected bundle {self.bundle.id} to score a golden image {expected:.6g}, found {found:.6g}: "
                    "this machine or release would decide otherwise than the calibration; fit again with this release"
                )
