"""Split of original and collected images into fit, validation and calibration."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from training.bundles.training_images import TrainingImage
from training.collection.inspected_part import Stratum
from training.collection.sampling import in_proportion, most_in_proportion
from training.data.folds import CalibrationMethod, check_enough, in_folds
from training.data.normal_set import ImageFile
from training.data.split import PartImages, Split, calibration_size, cut, ranked_parts
from training.statistics.conformal import needed_for


@dataclass(frozen=True, slots=True)
class OriginSplit:
    """The origin of each image of the new normal set, by digest; `fit` splits by it.

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

    def split(
        self,
        images: Sequence[ImageFile],
        false_alarm_rate: float,
        seed: int,
        *,
        method: CalibrationMethod = "split",
        extrapolate: bool = False,
    ) -> Split:
        """As `split_normal_set` or `cross_split`, with calibration images chosen by where they are from.

        In folds all original parts calibrate, and of the recent ones as many as keep the line's proportions.

        Raises:
            TrainingError: as `split_normal_set` and `cross_split`.
        """
        parts = ranked_parts(images, seed)
        if method == "cross":
            check_enough(parts, false_alarm_rate, extrapolate=extrapolate)
            most = most_in_proportion(self._strata(parts), self.normal_counts, len(parts))
            chosen = [*self._recent(parts, most or len(parts)), *self._originals(parts)]
            return in_folds(parts, chosen if len(chosen) >= needed_for(false_alarm_rate) else parts)
        return cut(parts, self._choose(parts, calibration_size(parts, false_alarm_rate, extrapolate=extrapolate)))

    def is_collected(self, image: ImageFile) -> bool:
        """Whether an image was collected now, and not taken from the previous set."""
        return image.digest not in self.previous

    def not_original(self) -> frozenset[str]:
        """Digests of the images that are not of the set that the stream began with."""
        before = {digest for digest, image in self.previous.items() if not image.original}
        return frozenset(before | self.collected.keys())

    def _choose(self, parts: Sequence[PartImages], count: int) -> list[PartImages]:
        recent = self._recent(parts, count - round(self.original_share * count))
        chosen = [*recent, *self._originals(parts)[: count - len(recent)]]
        taken = {part[0].digest for part in chosen}
        others = (part for part in parts if part[0].digest not in taken)
        return [*chosen, *islice(others, count - len(chosen))]  # too few of both: any is better than none

    def _recent(self, parts: Sequence[PartImages], count: int) -> list[PartImages]:
        return in_proportion(self._strata(parts), self.normal_counts, count)

    def _strata(self, parts: Sequence[PartImages]) -> Mapping[Stratum, Sequence[PartImages]]:
        """The parts collected now."""
        strata: dict[Stratum, list[PartImages]] = defaultdict(list)
        for part in parts:
            stratum = self.collected.get(part[0].digest)
            if stratum is not None:
                strata[stratum].append(part)
        return strata

    def _originals(self, parts: Sequence[PartImages]) -> list[PartImages]:
        """Parts of the original set, first those that calibrated before: they may stay what they were."""
        known = [(self.previous.get(part[0].digest), part) for part in parts]
        originals = [(image.role != "calibration", part) for image, part in known if image and image.original]
        return [part for _, part in sorted(originals, key=lambda each: each[0])]
