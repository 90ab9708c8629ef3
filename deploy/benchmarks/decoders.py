"""`python -m deploy.benchmarks.decoders`: decoders' time, size and damage, the way to a graph's input, workers.

Prints Markdown tables; the same figures go to build/bench-decode.json.
"""

import argparse
import importlib.metadata
import io
import os
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import psutil
import simplejpeg
import tifffile
from numpy.typing import NDArray
from PIL import Image

from deploy.benchmarks.reduced_decoding import NEW, measure_changes, measure_floors
from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.decoding import decode
from service.scoring.image import ImageLimits
from service.scoring.workers.pool import DecodeWorkers
from service.scoring.workers.prepare import prepare

Decoder = Callable[[bytes], Any]

LIMITS = ImageLimits()
ROUNDS, DAMAGED, LOST_BYTES = 15, 100, 300
WORKERS, SECONDS_EACH, REPEATS = 2, 2.0, 5
SIDES = {"0.8 Mpixel": (896, 896), "5 Mpixel": (2048, 2448), "256 x 256": (256, 256)}
EXTENSIONS = {"JPEG": ".jpg", "PNG": ".png", "TIFF (LZW)": ".tiff", "BMP": ".bmp"}
PACKAGES = {
    "OpenCV": ("opencv-python-headless",),
    "Pillow": ("pillow",),
    "simplejpeg": ("simplejpeg",),
    "tifffile with imagecodecs": ("tifffile", "imagecodecs"),
    "imagecodecs": ("imagecodecs",),
    "Linewatch": ("pillow", "simplejpeg"),
}


@dataclass(frozen=True)
class Row:
    """One library and format: medians over the rounds, and the share of damaged images that it refuses."""

    library: str
    image: str
    milliseconds: float
    damage_reported: float
    install_mb: float


@dataclass(frozen=True)
class Cost:
    """Decoding and preprocessing in threads or in processes, two at a time: medians over the repeats."""

    image: str
    where: str
    images_per_second: float
    cpu_ms_per_image: float


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.decoders", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of sets, to measure what decoding them smaller changes")
    parser.add_argument("--bundle", type=Path, help="its scores, in place of pixels")
    parser.add_argument("--ways-only", action="store_true", help="neither libraries nor workers")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    floors = list(measure_floors(_encoded, [SIDES["0.8 Mpixel"], SIDES["5 Mpixel"]]))
    print("| ms of CPU time | Mpixel | library | checked | to the graph's input | before |\n|---|---|---|---|---|---|")
    for each in floors:
        figures = (each.megapixels, each.library, each.decoded, each.prepared, each.prepared_before)
        print(f"| {each.image} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |")
    changes = list(measure_changes(asked.data, asked.bundle)) if asked.data else []
    if changes:
        print("\n| set | difference in | whole or smaller | quality 95 or 90 |\n|---|---|---|---|")
    for change in changes:
        print(f"| {change.images} | {change.measure} | {change.ways:.2f} | {change.quality:.2f} |")
    found: dict[str, list[Any]] = {"floors": [*map(asdict, floors)], "changes": [*map(asdict, changes)]}
    if not asked.ways_only:
        found |= _libraries_and_workers()
    write_figures(BUILD / "bench-decode.json", found)


def _libraries_and_workers() -> dict[str, list[Any]]:
    decoders = _decoders()
    rows = [_row(library, image, decoder) for (library, image), decoder in decoders.items()]
    print("\n| library | format | ms per 0.8 Mpixel | damaged images refused | installed MB |\n|---|---|---|---|---|")
    for row in rows:
        figures = f"{row.milliseconds:.1f} | {row.damage_reported:.0%} | {row.install_mb:.0f}"
        print(f"| {row.library} | {row.image} | {figures} |")
    costs = _costs()
    print("\n| image | decoded in | images/s | CPU ms per image |\n|---|---|---|---|")
    for cost in costs:
        print(f"| {cost.image} | {cost.where} | {cost.images_per_second:.0f} | {cost.cpu_ms_per_image:.2f} |")
    return {"rows": [*map(asdict, rows)], "costs": [*map(asdict, costs)]}


def _decoders() -> Mapping[tuple[str, str], Decoder]:
    found: dict[tuple[str, str], Decoder] = {("simplejpeg", "JPEG"): partial(simplejpeg.decode_jpeg, strict=True)}
    found["imagecodecs", "JPEG"] = imagecodecs.jpeg8_decode
    found["imagecodecs", "PNG"] = imagecodecs.png_decode
    found["tifffile with imagecodecs", "TIFF (LZW)"] = lambda data: tifffile.imread(io.BytesIO(data))
    for image in EXTENSIONS:
        found["OpenCV", image] = _opencv
        found["Pillow", image] = lambda data: np.asarray(Image.open(io.BytesIO(data)))
        found["Linewatch", image] = lambda data: decode(data, LIMITS)
    return dict(sorted(found.items(), key=lambda entry: (list(EXTENSIONS).index(entry[0][1]), entry[0][0])))


def _opencv(data: bytes) -> Any:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR)
    if image is None:
        raise ValueError("undecodable")
    return image


def _row(library: str, image: str, decoder: Decoder) -> Row:
    data = _encoded(EXTENSIONS[image], *SIDES["0.8 Mpixel"])
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        decoder(data)
        seconds.append(time.perf_counter() - started)
    places = np.linspace(1000, len(data) - LOST_BYTES - 2000, DAMAGED).astype(int)
    there = bytes(LOST_BYTES) if image.startswith("TIFF") else b""  # its tags stand at its end
    refused = sum(_refuses(decoder, data[:place] + there + data[place + LOST_BYTES :]) for place in places)
    size = sum(map(_installed, PACKAGES[library])) / 1e6
    return Row(library, image, 1000 * statistics.median(seconds), refused / DAMAGED, size)


def _refuses(decoder: Decoder, data: bytes) -> bool:
    try:
        decoder(data)
    except Exception:  # noqa: BLE001 - every library has errors of its own
        return True
    return False


def _installed(package: str) -> int:
    files = importlib.metadata.files(package) or []
    return sum(path.stat().st_size for file in files if (path := file.locate()).is_file())  # type: ignore[attr-defined]


def _encoded(extension: str, height: int, width: int) -> bytes:
    """A picture that compresses like a photograph."""
    random = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(random.normal(0, 300, (height, width, 3)), (0, 0), 3)
    picture: NDArray[np.uint8] = np.clip(128 + smooth + random.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(extension, picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def _costs() -> list[Cost]:
    images = {
        "256 x 256 PNG": _encoded(".png", *SIDES["256 x 256"]),
        "0.8 Mpixel JPEG": _encoded(".jpg", *SIDES["0.8 Mpixel"]),
        "5 Mpixel PNG": _encoded(".png", *SIDES["5 Mpixel"]),
    }
    workers = DecodeWorkers(WORKERS, LIMITS, 60.0)
    in_process: Decoder = lambda data: workers.prepare(data, [NEW], "")  # noqa: E731 - one of two, side by side
    in_thread: Decoder = lambda data: prepare(data, LIMITS, [NEW])  # noqa: E731 - as above
    ways = {"threads": in_thread, "processes": in_process}
    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(in_process, [images["256 x 256 PNG"]] * 8))  # until they are ready
        costs = [_cost(name, data, where, way, threads) for name, data in images.items() for where, way in ways.items()]
    workers.close()
    return costs


def _cost(name: str, data: bytes, where: str, way: Decoder, threads: ThreadPoolExecutor) -> Cost:
    started = time.perf_counter()
    list(threads.map(way, [data] * WORKERS))
    count = max(WORKERS * 2, round(SECONDS_EACH / (time.perf_counter() - started) * WORKERS))
    rates, cpu = [], []
    for _ in range(REPEATS):
        before, began = _cpu_seconds(), time.perf_counter()
        list(threads.map(way, [data] * count))
        rates.append(count / (time.perf_counter() - began))
        cpu.append(1000 * (_cpu_seconds() - before) / count)
    return Cost(name, where, statistics.median(rates), statistics.median(cpu))


def _cpu_seconds() -> float:
    own = psutil.Process(os.getpid())
    return sum(sum(process.cpu_times()[:2]) for process in (own, *own.children(recursive=True)))


if __name__ == "__main__":
    main()
