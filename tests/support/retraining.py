"""Retraining without a fit: a champion with its normal set, a line that made parts, and a stand-in for `fit`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.record.reviews import Label
from service.scoring.bundle import read_bundle
from tests.support.bundles import write_bundle
from tests.support.inspection_log import STREAM, FakeInspection, review, speckled, verdict
from training.bundles.training_images import NORMAL_SET, TrainingImage
from training.pipelines.fit import Fitted
from training.pipelines.fit_request import FitRequest
from training.progress import Progress


def write_set(root: Path, images: int, write: Callable[..., Path] = write_bundle) -> Path:
    """A store whose champion was fitted on some images, which are there."""
    lines = []
    for number in range(images):
        path, data = root / f"{number}.png", speckled(number)
        path.write_bytes(data)
        lines.append(TrainingImage(sha256=hashlib.sha256(data).hexdigest(), path=str(path), role="fit"))
    text = "".join(f"{each.model_dump_json()}\n" for each in lines)
    write(root / "store", STREAM, more={NORMAL_SET: text.encode()})
    return root / "store"


@dataclass
class FakeFit:
    """Stands in for `fit`: publishes a bundle of gain 1.5 calibrated on all normal images, and keeps its request."""

    request: FitRequest | None = None

    def __call__(self, request: FitRequest, progress: Progress) -> Fitted:
        assert progress is not None
        self.request = request
        collected = request.origins.not_original() if request.origins else frozenset()
        lines = [
            TrainingImage(sha256=digest, path=str(path), role="calibration", original=digest not in collected)
            for path in sorted((request.data / "train").rglob("*.png"))
            for digest in [hashlib.sha256(path.read_bytes()).hexdigest()]
        ]
        text = "".join(f"{each.model_dump_json()}\n" for each in lines)
        more = {NORMAL_SET: text.encode()}
        scores = {line.sha256: 0.1 for line in lines}
        folder = write_bundle(request.store.root, request.stream, gain=1.5, champion=False, more=more)
        return Fitted(
            read_bundle(folder),
            is_champion=False,
            left_out=(),
            seconds=1.0,
            scores=scores,
        )


def inspected_line() -> FakeInspection:
    """Twelve passes, and a reviewed defect."""
    said = [verdict(number) for number in range(20, 32)]
    defect = verdict(40, 0.01, "anomaly")
    found = FakeInspection([*said, defect], [review(defect, Label.DEFECT, "stain")])
    found.pictures = {defect.source: speckled(40, 250)}
    return found
