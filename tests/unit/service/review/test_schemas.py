"""The bodies of requests and responses."""

import pytest
from pydantic import ValidationError

from service.record.reviews import Label
from service.review.part_index import ReviewPart
from service.review.schemas import Answer, Lookup, Undo, neighbour_json, part_json
from service.review.similar import Neighbour
from service.scoring.verdict import Region
from tests.support.reviewing import audit, review, verdict

REVIEWED = {"label": "defect", "kind": "dent", "note": "", "reviewer": "ann", "at": "2026-01-31T12:05:00Z"}


def part_of(message: object, *history: object) -> ReviewPart:
    return ReviewPart(message, message.review_reason, history)  # type: ignore[arg-type, attr-defined] # a verdict, reviews


def test_a_part_is_shown_with_its_verdict_and_its_review() -> None:
    given = review(1, Label.DEFECT, minute=5, kind="dent", region=Region(x=1, y=2, width=3, height=4, peak=0.0))
    assert part_json(part_of(verdict(1), review(1), given)) == {
        "source": "images/0/1",
        "part_id": "part-1",
        "stream": "default",
        "captured_at": "2026-01-31T12:01:00Z",
        "image": {"width": 32, "height": 32},
        "asked": "anomaly",
        "review": REVIEWED | {"region": {"x": 1, "y": 2, "width": 3, "height": 4, "peak": 0.0}},
        "opinion": {
            "decision": "anomaly",
            "score": 0.8,
            "threshold": 0.5,
            "error_ratio": 1.6,
            "p_value": 0.01,
            "bundle": "0123456789abcdef",
            "regions": [{"x": 8, "y": 16, "width": 4, "height": 4, "peak": 0.9}],
        },
    }


def test_an_open_audit_has_nothing_of_its_verdict() -> None:
    assert set(part_json(part_of(audit(1)))) == {"source", "part_id", "stream", "captured_at", "image", "asked"}
    assert part_json(part_of(audit(1), review(1)))["opinion"]["decision"] == "pass"


def test_a_similar_part_is_shown_by_its_review() -> None:
    found = Neighbour(review(1, Label.DEFECT, minute=5, kind="dent"), distance=0.25)
    assert neighbour_json(found) == {
        "source": "images/0/1",
        "part_id": "part-1",
        "distance": 0.25,
        "review": REVIEWED,
    }


def test_names_and_ids_lose_the_spaces_around_them() -> None:
    assert Lookup(part=" part 1\n").part == "part 1"
    assert Answer(label=Label.NORMAL, reviewer=" ann ").reviewer == "ann"


@pytest.mark.parametrize(
    "answer",
    [
        {"label": "undone"},
        {"label": "defect", "region": {"x": -1, "y": 0, "width": 1, "height": 1}},
        {"label": "defect", "region": {"x": 0, "y": 0, "width": 0, "height": 1}},
        {"label": "normal", "note": "x" * 2001},
        {"label": "normal", "at": "2026-01-31T12:00:00Z"},
    ],
)
def test_an_answer_that_is_none_is_refused(answer: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate(answer | {"reviewer": "ann"})


def test_a_time_to_undo_has_an_offset() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Undo.model_validate({"at": "2026-01-31T12:00:00", "reviewer": "ann"})
