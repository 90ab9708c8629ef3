"""What making images smaller while they are decoded saves, and what it changes, against the noise of JPEG itself."""

import io
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from service.scoring.bundle import read_bundle
from service.scoring.decoding import decode, decode_for
from service.scoring.graph import Graph
from service.scoring.image import ImageLimits
from service.scoring.image_folder import find_image_files
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from service.scoring.workers.prepare import prepare
from training.data.input_spec import DECODED_MARGIN

LIMITS = ImageLimits()
NEW = InputSpec(height=256, width=256, channels=3, margin=DECODED_MARGIN)
OLD = NEW.model_copy(update={"margin": None})
ROUNDS = 9
IMAGES = 40
"""Of each set, spread over its normal ones."""
QUALITIES = (95, 90)


@dataclass(frozen=True)
class Floor:
    """Milliseconds of CPU time: of a library, of the checked decoding, and of all until the graph has its input."""

    image: str
    megapixels: float
    library: float
    decoded: float
    prepared: float
    prepared_before: float
    """As earlier releases do it: the whole image, resized by OpenCV."""


@dataclass(frozen=True)
class Change:
    """Root mean square differences of grey levels, or mean differences of scores in percent, over a set."""

    images: str
    measure: str
    ways: float
    """Between decoding the whole JPEG and decoding it smaller, both of quality 95."""
    quality: float
    """Between quality 95 and 90, both decoded whole."""


def measure_floors(encoded: Callable[[str, int, int], bytes], sides: Sequence[tuple[int, int]]) -> Iterator[Floor]:
    """Each format at each (height, width); `encoded` makes an image by extension, height and width."""
    plain: dict[str, Callable[[bytes], Any]] = {
        ".jpg": lambda data: simplejpeg.decode_jpeg(data, "RGB", strict=True),
        ".png": lambda data: np.asarray(Image.open(io.BytesIO(data))),
        ".tiff": lambda data: np.asarray(Image.open(io.BytesIO(data))),
        ".bmp": lambda data: np.asarray(Image.open(io.BytesIO(data))),
    }
    for extension, library in plain.items():
        for height, width in sides:
            data = encoded(extension, height, width)
            ways: list[Callable[[bytes], Any]] = [
                library,
                lambda data: decode(data, LIMITS),
                lambda data: prepare(data, LIMITS, [NEW]),
                lambda data: prepare(data, LIMITS, [OLD]),
            ]
            taken = [[_milliseconds(way, data) for way in ways] for _ in range(ROUNDS)]
            medians = [statistics.median(column) for column in zip(*taken, strict=True)]
            yield Floor(extension[1:].upper(), height * width / 1e6, *medians)


def measure_changes(data: Path, bundle: Path | None) -> Iterator[Change]:
    """For each set of a folder in MVTec layout.

    Without a bundle, pixels for an input a quarter as large as the images. With one, its scores; images that are too
    small to be decoded smaller for it are enlarged first.
    """
    graph = None if bundle is None else _graph(bundle)
    for folder in sorted(data.glob("*/train/good")):
        paths = find_image_files(folder).images
        images = [decode(path.read_bytes(), LIMITS) for path in paths[:: max(1, len(paths) // IMAGES)][:IMAGES]]
        name = folder.parents[1].name
        if graph is None:
            yield _change(name, "grey levels", map(_differences, images))
        else:
            yield _change(name, "% of the score", (_score_differences(graph, image) for image in images))


def _change(name: str, measure: str, found: Iterator[tuple[float, float]]) -> Change:
    ways, quality = np.array(list(found)).mean(axis=0)
    return Change(name, measure, float(ways), float(quality))


def _differences(image: NDArray[Any]) -> tuple[float, float]:
    side = max(8, min(image.shape[:2]) // 4)
    spec = NEW.model_copy(update={"height": side, "width": side, "channels": 3 if image.shape[2:] else 1})
    whole, smaller, coarse = _three_ways(image, spec)
    return _distance(whole, smaller), _distance(whole, coarse)


def _score_differences(graph: Graph, image: NDArray[Any]) -> tuple[float, float]:
    spec = graph.input
    scale = 2 * (spec.margin or 1.0) * max(spec.height / image.shape[0], spec.width / image.shape[1])
    if scale > 1:
        size = (int(np.ceil(scale * image.shape[1])), int(np.ceil(scale * image.shape[0])))
        image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    whole, smaller, coarse = (graph.run(pixels).score for pixels in _three_ways(image, spec))
    return 100 * abs(smaller / whole - 1), 100 * abs(coarse / whole - 1)


def _three_ways(image: NDArray[Any], spec: InputSpec) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """The graph's input from the whole JPEG, from the smaller one, and from the whole one of the lower quality."""
    ordered = image[..., ::-1] if image.shape[2:] else image
    fine, coarse = (cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, each])[1].tobytes() for each in QUALITIES)
    smaller = decode_for(fine, LIMITS, spec).pixels
    return tuple(preprocess(each, spec) for each in (decode(fine, LIMITS), smaller, decode(coarse, LIMITS)))  # type: ignore[return-value] # three


def _distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))


def _graph(bundle: Path) -> Graph:
    found = read_bundle(bundle)
    return Graph(found.graph, found.manifest.input.model_copy(update={"margin": DECODED_MARGIN}))


def _milliseconds(way: Callable[[bytes], Any], data: bytes) -> float:
    started = time.process_time()
    way(data)
    return 1000 * (time.process_time() - started)
