"""The images that are scored: good parts as a camera of 0.8 megapixels sends them, JPEG at quality 90."""

from collections.abc import Sequence
from operator import itemgetter

import cv2
import numpy as np

from deploy.devtools.errors import DemoError
from service.scoring.bundle import Bundle

Size = tuple[int, int]
"""(height, width) in pixels."""

CAMERA: Size = (896, 896)
LARGE: Size = (2048, 2448)
QUALITY = 90
ORDINARY = 0.6
"""Share of the golden images that is used: the strangest ones lie at the threshold."""
NOISE = 2.0
"""Grey levels of a sensor: most of it goes as the image is reduced for the graph, but a JPEG has to carry it."""
COUNT = 15


def megapixels(size: Size) -> float:
    return size[0] * size[1] / 1e6


def pictures(bundle: Bundle, size: Size = CAMERA, extension: str = ".jpg", count: int = COUNT) -> list[bytes]:
    """The bundle's golden images, which are good parts, enlarged to `size`, each with noise of its own; encoded.

    Raises:
        DemoError: if the bundle takes 16 bits, which JPEG has not.
    """
    spec = bundle.manifest.input
    if spec.bit_depth != 8:  # noqa: PLR2004 - bits
        raise DemoError(f"expected a bundle for images of 8 bits, found one for {spec.bit_depth}; give another")
    by_score = [data for data, _ in sorted(bundle.golden(), key=itemgetter(1))]
    ordinary = by_score[: max(1, round(ORDINARY * len(by_score)))]
    golden = [_decoded(data) for data in ordinary]
    random = np.random.default_rng(0)
    return [_encoded(golden[number % len(golden)], size, extension, random) for number in range(count)]


def _decoded(data: bytes) -> np.ndarray:
    image: np.ndarray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # type: ignore[assignment] # a golden image can be decoded
    return image


def _encoded(image: np.ndarray, size: Size, extension: str, random: np.random.Generator) -> bytes:
    large: np.ndarray = cv2.resize(image, size[::-1], interpolation=cv2.INTER_CUBIC)
    noisy = large + random.normal(0, NOISE, large.shape).astype(np.float32)
    options: Sequence[int] = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    return cv2.imencode(extension, np.clip(np.rint(noisy), 0, 255).astype(np.uint8), options)[1].tobytes()
