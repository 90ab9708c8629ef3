"""A tiny bundle: a graph simple enough to know every score, the brightness of the brightest place.

For tests, and for runs that try the line and not the autoencoder: it scores thousands of images a second.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.devtools.tiny_graph import SIDE, brightness_graph
from service.scoring.bundle import CHAMPION, GOLDEN, GRAPH, MANIFEST, bundle_id
from service.scoring.input_spec import InputSpec
from service.scoring.manifest import AutoencoderInfo, Calibration, Manifest, TrainingData

THRESHOLD = 0.5
CALIBRATION_SCORES = tuple(i / 200 for i in range(1, 101))
"""0.005 to 0.5."""


def part(brightness: int, spot: int | None = None, *, side: int = SIDE, seed: int = 0) -> NDArray[np.uint8]:
    """A plain grey part, uint8 [side, side, 3], unique by seed; `spot` is the brightness of a defect on it."""
    image = np.full((side, side, 3), brightness, np.uint8)
    image[0, 0] = (seed % 97, seed // 97 % 97, seed // 9409 % 97)
    if spot is not None:
        image[side // 2 : side // 2 + side // 8, side // 4 : side // 4 + side // 8] = spot
    return image


def png(image: NDArray[Any]) -> bytes:
    """Encode [h, w] or RGB [h, w, 3]."""
    return cv2.imencode(".png", image[..., ::-1] if image.shape[2:] else image)[1].tobytes()


def write_bundle(
    store: Path,
    stream: str = "default",
    *,
    gain: float = 1.0,
    channels: int = 3,
    side: int = SIDE,
    champion: bool = True,
    more: Mapping[str, bytes] = MappingProxyType({}),
    **changes: Any,
) -> Path:
    """Write a whole, valid bundle; `changes` replace manifest fields before it is sealed. Returns its folder.

    `more` are further files, or others in place of the usual ones.
    """
    golden = {f"{level}.png": gain * level / 255 for level in (10, 60, 110)}
    files = {f"golden/{name}": png(np.full((SIDE, SIDE, 3), int(name[:-4]), np.uint8)) for name in golden}
    files[GOLDEN] = json.dumps(golden).encode()
    files[GRAPH] = brightness_graph(channels, gain, side)
    files |= more
    manifest = Manifest(
        stream=stream,
        created_at=datetime.now(UTC),
        input=InputSpec(height=side, width=side, channels=channels),
        autoencoder=AutoencoderInfo(name="brightness", parameters=0),
        calibration=Calibration(
            false_alarm_rate=0.01,
            n=len(CALIBRATION_SCORES),
            threshold=THRESHOLD,
            pixel_threshold=THRESHOLD,
            scores=CALIBRATION_SCORES,
        ),
        training_data=TrainingData(digest="0" * 64, fit=100, validation=20, calibration=100),
        seed=0,
        versions={},
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    ).model_copy(update=changes)
    sealed = manifest.model_dump_json().encode()
    folder = store / stream / bundle_id(sealed)
    for name, content in {**files, MANIFEST: sealed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if champion:
        crown(folder)
    return folder


def crown(folder: Path) -> None:
    """Make a bundle its stream's champion."""
    point(folder.parent / CHAMPION, folder)


def point(pointer: Path, folder: Path) -> None:
    """Make a pointer of the store, `champion` or `challenger`, name a bundle; replaced in one step."""
    fresh = pointer.with_suffix(".new")
    fresh.write_text(folder.name + "\n")
    fresh.replace(pointer)
