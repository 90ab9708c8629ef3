import hashlib
from collections import Counter
from pathlib import Path

from service.record.reviews import Label
from tests.support.inspection_log import DAY, STREAM, review, verdict
from training.bundles.training_images import TrainingImage
from training.calibration.threshold import calibrate
from training.collection.collected_folder import Origin
from training.collection.inspected_part import InspectedPart, part_of
from training.collection.verdict_reservoir import VerdictReservoir
from training.data.normal_set import ImageFile
from training.data.split import split
from training.evaluation.scored_images import ScoredImage
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


def origin(name: str, part: InspectedPart) -> Origin:
    return Origin(
        file=f"train/good/{name}.png",
        sha256=digest(name),
        source=part.source,
        part_id=part.part_id,
        stream=STREAM,
        captured_at=part.captured_at,
        bundle=part.bundle,
        score=part.score,
        p_value=part.p_value,
        decision=part.decision,
        review=part.review,
    )


def cohorts(original_share: float = 0.5) -> OriginSplit:
    """1000 verdicts: 980 passes, and 20 flagged, all reviewed normal; all of these and 150 passes were collected."""
    passes = [verdict(n, 0.9) for n in range(980)]
    flagged = [verdict(1000 + n, 0.01, "anomaly") for n in range(FLAGGED)]
    reviews = {each.source: review(each, Label.NORMAL) for each in flagged}
    seen = VerdictReservoir(STREAM, DAY, reviews, guard=0.05, seed=0, most=10)
    for each in [*passes, *flagged]:
        seen.add(each)
    parts = [part_of(each, reviews.get(each.source)) for each in [*passes[:NEW], *flagged]]
    collected = {digest(f"new {n}"): origin(f"new {n}", part) for n, part in enumerate(parts)}
    return OriginSplit(PREVIOUS, collected, seen, original_share)


IMAGES = [
    *(image(f"old {n}", digest(f"old {n}")) for n in range(OLD)),
    *(image(f"new {n}", f"new {n}") for n in range(NEW + FLAGGED)),
]


def test_half_of_the_calibration_images_are_original_and_calibrated_before() -> None:
    parts = cohorts().divide(IMAGES, 0.02, 7)
    usual = split(IMAGES, 0.02, 7)
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
    given = cohorts()
    parts = given.divide(IMAGES, 0.02, 7)
    recent = [each for each in parts.calibration if each.digest not in PREVIOUS]
    flagged = [each for each in recent if given.collected[each.digest].decision == "anomaly"]
    assert len(recent) == len(parts.calibration) // 2
    assert len(flagged) == 1, "2 % of the line, though 12 % of what was collected"


def test_without_enough_of_either_the_calibration_is_as_large_as_ever() -> None:
    few = [each for each in IMAGES if each.digest not in PREVIOUS][:60]
    assert len(cohorts().divide(few, 0.05, 0).calibration) == len(split(few, 0.05, 0).calibration)


def test_the_threshold_keeps_the_budget_for_the_collected_parts_by_themselves() -> None:
    old = [ScoredImage(Path(f"{name}.png"), 0.2, 0.2, 0.0) for name in list(PREVIOUS)[:60]]
    new = [ScoredImage(Path(f"new {n}.png"), 1.0 + n, 1.0 + n, 0.0) for n in range(60)]
    mixed, of_new = cohorts().calibrate([*old, *new], 0.02), calibrate(new, 0.02)
    assert mixed.n == 120
    assert mixed.threshold == of_new.threshold > calibrate([*old, *new], 0.02).threshold


def test_too_few_collected_parts_calibrate_only_together_with_the_original_ones() -> None:
    old = [ScoredImage(Path(f"{name}.png"), 0.2, 0.2, 0.0) for name in list(PREVIOUS)[:60]]
    new = [ScoredImage(Path(f"new {n}.png"), 1.0 + n, 1.0 + n, 0.0) for n in range(10)]
    assert cohorts().calibrate([*old, *new], 0.02) == calibrate([*old, *new], 0.02)
