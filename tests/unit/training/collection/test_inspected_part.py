import pytest

from service.record.reviews import Label
from service.scoring.verdict import Decision
from tests.support.inspection_log import review, source, verdict
from training.collection.holdout import is_held_out
from training.collection.inspected_part import HELD_OUT, TRAIN, ExclusionReason, InspectedPart, Stratum


def part(p_value: float = 0.5, decision: Decision = "pass", offset: int = 1) -> InspectedPart:
    return InspectedPart.from_verdict(verdict(offset, p_value, decision), None, min_p_value=0.05, seed=0)


def reviewed(label: Label, kind: str | None = None, decision: Decision = "anomaly", offset: int = 1) -> InspectedPart:
    of = verdict(offset, 0.01, decision)
    return InspectedPart.from_verdict(of, review(of, label, kind), min_p_value=0.05, seed=0)


@pytest.mark.parametrize(
    ("found", "exclusion"),
    [
        (part(0.5), None),
        (part(0.05), None),
        (part(0.049), ExclusionReason.NEAR),
        (part(0.03, "review"), ExclusionReason.REVIEW),
        (part(0.01, "anomaly"), ExclusionReason.ANOMALY),
        (reviewed(Label.NORMAL), None),
        (reviewed(Label.NORMAL, decision="pass"), None),
        (reviewed(Label.DEFECT), None),
        (reviewed(Label.UNSURE), ExclusionReason.UNSURE),
        (reviewed(Label.UNSURE, decision="pass"), ExclusionReason.UNSURE),
    ],
)
def test_only_plain_passes_and_reviewed_parts_are_taken(
    found: InspectedPart, exclusion: ExclusionReason | None
) -> None:
    assert found.exclusion == exclusion


@pytest.mark.parametrize(
    ("kind", "folder"), [("deep scratch", "test/deep scratch"), (None, "test/defect"), ("Good", "test/defect")]
)
def test_a_reviewed_defect_goes_to_its_kind_even_if_it_passed(kind: str | None, folder: str) -> None:
    assert reviewed(Label.DEFECT, kind, "pass").folder == folder


def test_about_one_in_five_reviewed_normals_is_held_out_and_no_unreviewed_part_is() -> None:
    folders = [reviewed(Label.NORMAL, offset=offset).folder for offset in range(1000)]
    assert set(folders) == {TRAIN, HELD_OUT}
    assert 150 < folders.count(HELD_OUT) < 250
    assert {part(offset=offset).folder for offset in range(100)} == {TRAIN}


def test_a_part_that_is_held_out_is_a_test_image() -> None:
    held_out = [offset for offset in range(30) if is_held_out(source(offset))]
    assert held_out == [offset for offset in range(30) if reviewed(Label.NORMAL, offset=offset).folder == HELD_OUT]


def test_strata_are_by_decision_and_p_value() -> None:
    found = [part(0.5), part(0.04), part(0.03, "review"), part(0.005, "anomaly")]
    assert [each.stratum for each in found] == [Stratum.CLEAR, Stratum.NEAR, Stratum.FLAGGED, Stratum.FLAGGED]


def test_a_part_of_which_only_the_review_is_left_has_no_stratum_and_the_same_folder() -> None:
    of = verdict(1, 0.01, "anomaly")
    for label, kind in ((Label.NORMAL, None), (Label.DEFECT, "scratch"), (Label.UNSURE, None)):
        found = InspectedPart.from_review(review(of, label, kind), seed=0)
        assert (found.stratum, found.score, found.p_value, found.decision) == (None, None, None, None)
        assert (found.folder, found.exclusion) == (reviewed(label, kind).folder, reviewed(label, kind).exclusion)
        assert found.sampling_key == part().sampling_key


def test_the_sampling_key_depends_on_seed_and_coordinates_alone() -> None:
    one, other = verdict(1, 0.5), verdict(1, 0.01, "anomaly")
    keys = [
        InspectedPart.from_verdict(each, None, min_p_value=0.05, seed=seed).sampling_key
        for each, seed in ((one, 0), (other, 0), (one, 1), (verdict(2), 0))
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(0 <= key < 2**64 for key in keys)
