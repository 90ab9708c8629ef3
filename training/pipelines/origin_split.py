"""Fitting anew on original and collected images: which of them calibrate."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from service.scoring.manifest import Calibration
from training.bundles.training_images import TrainingImage
from training.calibration.threshold import calibrate, with_originals
from training.collection.inspected_part import Stratum
from training.collection.sampling import in_proportion
from training.data.normal_set import ImageFile
from training.data.split import PartImages as Images
from training.data.split import Split, split
from training.evaluation.scored_images import ScoredImage
from training.statistics.conformal import needed_for


@dataclass(frozen=True, slots=True)
class OriginSplit:
    """Where each image of the new normal set is from, by digest; what `fit` asks in place of its own split.

    A share of the calibration images is always of the original set, first of those that calibrated before. The others
    are parts collected now, in the proportions in which the line makes them.
    """

    previous: Mapping[str, TrainingImage]
    """SHA-256 -> image of the previous normal set."""
    collected: Mapping[str, Stratum | None]
    """SHA-256 of an image that was collected now -> its stratum."""
    normal_counts: Mapping[Stratum, float]
    """The estimated number of normal parts that the line made."""
    original_share: float

    def divide(
        self, images: Sequence[ImageFile], false_alarm_rate: float, seed: int, *, extrapolate: bool = False
    ) -> Split:
        """As `split`, with calibration images chosen by where they are from.

        Raises:
            TrainingError: as `split`.
        """
        return split(images, false_alarm_rate, seed, extrapolate=extrapolate, choose=self._choose)

    def calibrate(
        self,
        normals: Sequence[ScoredImage],
        false_alarm_rate: float,
        *,
        review_rate: float | None = None,
        extrapolate: bool = False,
    ) -> Calibration:
        """As `calibrate`, but the thresholds keep the budgets also for the collected parts by themselves."""
        recent = [file for file in normals if self.is_collected(file.path)]
        if len(recent) < needed_for(false_alarm_rate):
            return calibrate(normals, false_alarm_rate, review_rate=review_rate, extrapolate=extrapolate)
        of_recent = calibrate(recent, false_alarm_rate, review_rate=review_rate, extrapolate=extrapolate)
        return with_originals(of_recent, [file.score for file in normals if not self.is_collected(file.path)])

    def is_collected(self, path: Path) -> bool:
        """Whether a file was collected now; those of the previous set are named by their digest."""
        return path.stem not in self.previous

    def _choose(self, parts: Sequence[Images], count: int) -> list[Images]:
        recent = self._recent(parts, count - round(self.original_share * count))
        chosen = [*recent, *self._originals(parts)[: count - len(recent)]]
        taken = {part[0].digest for part in chosen}
        others = (part for part in parts if part[0].digest not in taken)
        return [*chosen, *islice(others, count - len(chosen))]  # too few of both: any will do better than none

    def _recent(self, parts: Sequence[Images], count: int) -> list[Images]:
        strata: dict[Stratum, list[Images]] = defaultdict(list)
        for part in parts:
            stratum = self.collected.get(part[0].digest)
            if stratum is not None:
                strata[stratum].append(part)
        return in_proportion(strata, self.normal_counts, count)

    def _originals(self, parts: Sequence[Images]) -> list[Images]:
        """Parts of the original set, first those that calibrated before: they may stay what they were."""
        known = [(self.previous.get(part[0].digest), part) for part in parts]
        originals = [(image.role != "calibration", part) for image, part in known if image and image.original]
        return [part for _, part in sorted(originals, key=lambda each: each[0])]
