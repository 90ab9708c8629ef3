import pytest

from service.record.reviews import Label
from service.scoring.verdict import Decision
from tests.support.inspection_log import review, source, verdict
from training.collection.inspected_part import (
    HELD_OUT,
    TRAIN,
    ExclusionReason,
    InspectedPart,
    Stratum,
    is_held_out,
    part_of,
    part_reviewed,
)

GUARD = 0.05


def reviewed(label: Label, kind: str | None = None, decision: Decision = "anomaly", offset: int = 1) -> InspectedPart:
    of = verdict(offset, 0.01, decision)
    return part_of(of, review(of, label, kind))


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (part_of(verdict(1, 0.5), None), None),
        (part_of(verdict(1, 0.05), None), None),
        (part_of(verdict(1, 0.049), None), ExclusionReason.NEAR),
        (part_of(verdict(1, 0.03, "review"), None), ExclusionReason.REVIEW),
        (part_of(verdict(1, 0.01, "anomaly"), None), ExclusionReason.ANOMALY),
        (reviewed(Label.NORMAL), None),
        (reviewed(Label.NORMAL, decision="pass"), None),
        (reviewed(Label.DEFECT), None),
        (reviewed(Label.UNSURE), ExclusionReason.UNSURE),
        (reviewed(Label.UNSURE, decision="pass"), ExclusionReason.UNSURE),
    ],
)
def test_only_plain_passes_and_reviewed_parts_are_taken(part: InspectedPart, why: ExclusionReason | None) -> None:
    assert part.why_left_out(GUARD) == why


@pytest.mark.parametrize(
    ("kind", "folder"), [("deep scratch", "test/deep scratch"), (None, "test/defect"), ("Good", "test/defect")]
)
def test_a_reviewed_defect_goes_to_its_kind_even_if_it_passed(kind: str | None, folder: str) -> None:
    assert reviewed(Label.DEFECT, kind, "pass").folder() == folder


def test_about_one_in_five_reviewed_normals_is_held_out_and_no_unreviewed_part_is() -> None:
    folders = [reviewed(Label.NORMAL, offset=offset).folder() for offset in range(1000)]
    assert set(folders) == {TRAIN, HELD_OUT}
    assert 150 < folders.count(HELD_OUT) < 250
    assert {part_of(verdict(offset), None).folder() for offset in range(100)} == {TRAIN}


def test_what_is_held_out_never_changes() -> None:
    held_out = [offset for offset in range(30) if is_held_out(source(offset))]
    assert held_out == [offset for offset in range(30) if reviewed(Label.NORMAL, offset=offset).folder() == HELD_OUT]


SAID: list[tuple[float, Decision]] = [(0.5, "pass"), (0.04, "pass"), (0.03, "review"), (0.005, "anomaly")]


def test_strata_tell_how_near_to_the_threshold_a_part_is() -> None:
    found = [part_of(verdict(1, p, decision), None).stratum(GUARD) for p, decision in SAID]
    assert found == [Stratum.CLEAR, Stratum.NEAR, Stratum.FLAGGED, Stratum.FLAGGED]
    assert part_reviewed(review(verdict(1), Label.NORMAL)).stratum(GUARD) is None
