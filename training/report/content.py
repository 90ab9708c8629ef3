"""The content of the report of a fit."""

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from service.scoring.manifest import Manifest
from training.calibration.score_order import ScoreOrder
from training.data.exclusions import LeftOut
from training.evaluation.scored_images import JudgedSet, ScoredSet
from training.evaluation.shortlist import ShownImage
from training.trainer.result import History, MapPrices


@dataclass(frozen=True, slots=True)
class ReportContent:
    """The fit's data, course and results; `normals` are the calibration images, in files."""

    data: Path
    manifest: Manifest
    history: History
    left_out: tuple[LeftOut, ...]
    normals: ScoredSet
    judged: JudgedSet
    seconds: float
    map_prices: MapPrices | None = None
    order: ScoreOrder | None = None
    """Of the calibration scores; None where no files give an order."""
    resize: str = ""
    """Why images of mixed proportions are stretched or padded; empty for others."""

    @property
    def worst(self) -> list[ShownImage]:
        """Images decided wrongly, the worst first: false alarms and misses in turn."""
        pairs = zip_longest(self.judged.false_alarms, self.judged.misses)
        return [image for pair in pairs for image in pair if image is not None]
