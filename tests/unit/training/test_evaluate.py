from pathlib import Path

import pytest

from service.scoring.verdict import Verdict
from training.dataset import TestImage
from training.errors import TrainingError
from training.evaluate import evaluate


def judged(kind: str, score: float) -> tuple[TestImage, Verdict]:
    verdict = Verdict(
        score=score,
        threshold=1.0,
        error_ratio=score,
        p_value=0.5,
        decision="anomaly" if score > 1.0 else "pass",
        bundle="b",
    )
    return TestImage(Path("x.png"), kind), verdict


def test_flags_are_counted_by_kind_and_auroc_by_pairs() -> None:
    found = evaluate([judged("good", s) for s in (0.1, 0.5, 1.2)] + [judged("dent", 0.4), judged("dent", 3.0)])
    assert (found.normal, found.false_alarms, found.defects, found.defects_flagged) == (3, 1, 2, 1)
    assert found.by_kind == {"dent": (1, 2)}
    assert found.image_auroc == pytest.approx(4 / 6)  # pairs (defect, normal) in the right order


def test_without_defects_there_is_no_auroc() -> None:
    assert evaluate([judged("good", 0.1)]).image_auroc is None


def test_without_images_there_is_nothing_to_evaluate() -> None:
    with pytest.raises(TrainingError, match="test/<kind>"):
        evaluate([])
