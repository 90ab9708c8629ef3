"""All that the report tells of a fit."""

from dataclasses import dataclass
from pathlib import Path

from service.scoring.manifest import Manifest
from training.data.exclusions import LeftOut
from training.evaluation.scored_images import JudgedImage, ScoredImage
from training.trainer.result import History


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What was fitted, from what, how it went, and what came of it; `normals` are the calibration images."""

    data: Path
    manifest: Manifest
    history: History
    left_out: tuple[LeftOut, ...]
    normals: tuple[ScoredImage, ...]
    judged: tuple[JudgedImage, ...]
    seconds: float

    def strangest(self, *, defects: bool, flagged: bool) -> list[JudgedImage]:
        """Labelled images of one sort and with one decision, the strangest first."""
        decision = "anomaly" if flagged else "pass"
        found = [each for each in self.judged if each.test.is_defect == defects and each.verdict.decision == decision]
        return sorted(found, key=lambda each: -each.verdict.score)

    @property
    def worst(self) -> list[JudgedImage]:
        """What was decided wrongly, the worst first: false alarms and misses in turn."""
        alarms = self.strangest(defects=False, flagged=True)
        misses = self.strangest(defects=True, flagged=False)[::-1]
        longest = range(max(len(alarms), len(misses)))
        return [each for i in longest for each in (*alarms[i : i + 1], *misses[i : i + 1])]


def name_of(image: JudgedImage) -> str:
    """How a labelled image is called in the report."""
    return f"{image.test.kind}/{image.test.path.name}"
