import numpy as np
import pytest
from scipy.stats import beta

from service.scoring.graph import Prediction
from service.scoring.verdict import Decision
from training.errors import TrainingError
from training.evaluation.evaluate import evaluate
from training.evaluation.packed_mask import PackedMask
from training.evaluation.scored_images import JudgedImage

SIDE = 16


def judged(
    kind: str,
    score: float,
    mask: PackedMask | None = None,
    found: bool = True,
    review_threshold: float = 1.0,
) -> JudgedImage:
    """An image whose map is bright in its middle, or if the defect is not `found` in a corner."""
    anomaly_map = np.zeros((SIDE, SIDE), np.float32)
    anomaly_map[(slice(4, 12), slice(4, 12)) if found else (slice(0, 4), slice(0, 4))] = score
    decision: Decision = "anomaly" if score > 1.0 else "review" if score > review_threshold else "pass"
    return JudgedImage(kind, kind != "good", Prediction(score, anomaly_map), decision, (SIDE, SIDE), mask)


@pytest.fixture
def mask() -> PackedMask:
    pixels = np.zeros((SIDE, SIDE), np.bool_)
    pixels[4:12, 4:12] = True
    return PackedMask.of(pixels)


def test_flags_are_counted_by_kind_and_auroc_by_pairs() -> None:
    found = evaluate([judged("good", s) for s in (0.1, 0.5, 1.2)] + [judged("dent", 0.4), judged("dent", 3.0)])
    assert (found.normal, found.false_alarms, found.defects, found.defects_flagged) == (3, 1, 2, 1)
    assert found.by_kind == {"dent": (1, 2)}
    assert found.image_auroc == pytest.approx(4 / 6)  # pairs (defect, normal) in the right order
    assert found.image_auroc_interval is not None
    assert found.image_auroc_interval[0] < 4 / 6 < found.image_auroc_interval[1]
    assert found.tpr_at_fpr_1pct == found.tpr_at_fpr_01pct == 0.5
    assert found.average_precision == pytest.approx((1 + 2 / 4) / 2)


def test_each_kind_has_an_auroc_of_its_own_against_all_normal_images() -> None:
    normals = [judged("good", score) for score in (0.1, 0.5)]
    found = evaluate([*normals, judged("dent", 0.4), judged("scratch", 3.0), judged("scratch", 0.2)])
    assert found.auroc_by_kind == pytest.approx({"dent": 1 / 2, "scratch": 3 / 4})


def test_false_alarms_have_the_interval_of_clopper_and_pearson() -> None:
    found = evaluate([judged("good", s) for s in (0.1, 0.5, 0.6, 1.2)])
    assert found.false_alarm_interval == pytest.approx((beta.ppf(0.025, 1, 4), beta.ppf(0.975, 2, 3)))


def test_without_defects_there_is_no_auroc() -> None:
    found = evaluate([judged("good", 0.1)])
    assert found.image_auroc is None
    assert found.average_precision is None
    assert found.tpr_at_fpr_1pct is None


def test_defects_alone_are_counted_and_nothing_else_is_claimed() -> None:
    found = evaluate([judged("dent", 2.0)])
    assert (found.defects_flagged, found.false_alarm_interval, found.image_auroc) == (1, None, None)


def test_maps_are_measured_where_there_are_masks(mask: PackedMask) -> None:
    normal = judged("good", 0.1)
    right = evaluate([normal, judged("dent", 2.0, mask)])
    wrong = evaluate([normal, judged("dent", 2.0, mask, found=False)])
    assert right.masks == 1
    assert right.aupro_30 == right.aupro_5 == pytest.approx(1.0)
    assert wrong.aupro_5 is not None
    assert wrong.aupro_5 < 0.2


def test_a_defect_without_a_mask_does_not_count_against_the_maps(mask: PackedMask) -> None:
    labelled = [judged("good", 0.1), judged("dent", 2.0, mask)]
    assert evaluate([*labelled, judged("dent", 5.0, found=False)]).aupro_30 == evaluate(labelled).aupro_30


def test_without_masks_there_is_no_aupro() -> None:
    found = evaluate([judged("good", 0.1), judged("dent", 2.0)])
    assert (found.masks, found.aupro_30, found.aupro_5) == (0, None, None)


def test_without_images_there_is_nothing_to_evaluate() -> None:
    with pytest.raises(TrainingError, match="test/<kind>"):
        evaluate([])


def test_what_goes_to_review_is_counted_apart() -> None:
    scored = {"good": (0.1, 0.7, 0.8, 1.2), "dent": (0.4, 0.9, 3.0)}
    images = [judged(kind, score, review_threshold=0.5) for kind, scores in scored.items() for score in scores]
    found = evaluate(images, has_review=True)
    assert (found.false_alarms, found.normals_to_review) == (1, 2)
    assert (found.defects_flagged, found.defects_to_review) == (1, 1)


def test_without_a_review_threshold_nothing_is_said_of_reviews() -> None:
    found = evaluate([judged("good", 0.1), judged("dent", 3.0)])
    assert (found.normals_to_review, found.defects_to_review) == (None, None)
