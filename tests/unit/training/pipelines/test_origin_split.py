import hashlib
from collections import Counter
from pathlib import Path

from training.bundles.training_images import TrainingImage
from training.collection.inspected_part import Stratum
from training.data.normal_set import ImageFile
from training.data.split import split_normal_set
from training.pipelines.origin_split import OriginSplit

OLD, NEW, FLAGGED = 100, 150, 20
"""Previous images, of which the last 20 were collected, not original; passes and false alarms collected now."""


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def image(name: str, stem: str) -> ImageFile:
    return ImageFile(Path(f"{stem}.png"), digest(name), 32, 32, 8, colour=True)


PREVIOUS = {
    digest(f"old {n}"): TrainingImage(
        sha256=digest(f"old {n}"), path="/gone", role="calibration" if n < 25 else "fit", original=n < 80
    )
    for n in range(OLD)
}


FALSE_ALARMS = {digest(f"new {n}") for n in range(NEW, NEW + FLAGGED)}


def origins(original_share: float = 0.5) -> OriginSplit:
    """A line of 980 passes and 20 false alarms, of which 150 passes and all false alarms were collected."""
    collected: dict[str, Stratum | None] = {
        digest(f"new {n}"): Stratum.CLEAR if n < NEW else Stratum.FLAGGED for n in range(NEW + FLAGGED)
    }
    counts = {Stratum.CLEAR: 980.0, Stratum.NEAR: 0.0, Stratum.FLAGGED: float(FLAGGED)}
    return OriginSplit(PREVIOUS, collected, counts, original_share)


IMAGES = [
    *(image(f"old {n}", digest(f"old {n}")) for n in range(OLD)),
    *(image(f"new {n}", f"new {n}") for n in range(NEW + FLAGGED)),
]


def test_half_of_the_calibration_images_are_original_and_calibrated_before() -> None:
    parts = origins().split(IMAGES, 0.02, 7)
    usual = split_normal_set(IMAGES, 0.02, 7)
    assert [len(getattr(parts, role)) for role in ("fit", "validation", "calibration")] == [
        len(getattr(usual, role)) for role in ("fit", "validation", "calibration")
    ]
    assert sorted(each.digest for role in (parts.fit, parts.validation, parts.calibration) for each in role) == sorted(
        each.digest for each in IMAGES
    )
    originals = [each.digest for each in parts.calibration if each.digest in PREVIOUS]
    assert len(originals) == round(len(parts.calibration) / 2) > 25
    assert all(PREVIOUS[each].original for each in originals)
    assert Counter(PREVIOUS[each].role for each in originals)["calibration"] == 25


def test_the_other_half_is_in_the_proportions_of_the_line() -> None:
    parts = origins().split(IMAGES, 0.02, 7)
    recent = [each for each in parts.calibration if each.digest not in PREVIOUS]
    flagged = [each for each in recent if each.digest in FALSE_ALARMS]
    assert len(recent) == len(parts.calibration) // 2
    assert len(flagged) == 1, "2 % of the line, though 12 % of what was collected"


def test_without_enough_of_either_the_calibration_is_as_large_as_ever() -> None:
    few = [each for each in IMAGES if each.digest not in PREVIOUS][:60]
    assert len(origins().split(few, 0.05, 0).calibration) == len(split_normal_set(few, 0.05, 0).calibration)


def test_collected_images_are_known_by_their_digest_and_so_are_those_that_are_not_original() -> None:
    collected = [each for each in IMAGES if origins().is_collected(each)]
    assert len(collected) == NEW + FLAGGED
    assert origins().not_original() == {each.digest for each in [*IMAGES[80:OLD], *collected]}
