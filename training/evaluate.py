"""Measuring a bundle on labelled test images."""

from collections import defaultdict
from collections.abc import Sequence

from service.scoring.manifest import Evaluation
from service.scoring.verdict import Verdict
from training.dataset import TestImage
from training.errors import TrainingError


def evaluate(verdicts: Sequence[tuple[TestImage, Verdict]]) -> Evaluation:
    """Count what was flagged, and how well scores part defects from normal images.

    Image AUROC is the probability that a defect scores higher than a normal image; None unless there are both.

    Raises:
        TrainingError: if there is not one image.
    """
    if not verdicts:
        raise TrainingError("expected labelled images in DATA/test/<kind>/, found none; check DATA")
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - takes a second, which other commands need not wait

    is_defect = [test.is_defect for test, _ in verdicts]
    flagged = [verdict.decision == "anomaly" for _, verdict in verdicts]
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for (test, _), flag in zip(verdicts, flagged, strict=True):
        if test.is_defect:
            by_kind[test.kind].append(flag)
    defects = sum(is_defect)
    both = 0 < defects < len(verdicts)
    return Evaluation(
        normal=len(verdicts) - defects,
        defects=defects,
        image_auroc=float(roc_auc_score(is_defect, [verdict.score for _, verdict in verdicts])) if both else None,
        false_alarms=sum(flag and not bad for flag, bad in zip(flagged, is_defect, strict=True)),
        defects_flagged=sum(flag and bad for flag, bad in zip(flagged, is_defect, strict=True)),
        by_kind={kind: (sum(flags), len(flags)) for kind, flags in sorted(by_kind.items())},
    )
