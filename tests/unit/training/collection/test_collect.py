import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from service.record.reviews import Label
from tests.support.inspection_log import DAY, STREAM, FakeInspection, review, silent, source, speckled, verdict
from training.collection.collect import Collected, CollectRequest, collect
from training.collection.collected_folder import PROVENANCE
from training.collection.holdout import is_held_out
from training.collection.inspected_part import HELD_OUT, TRAIN, ExclusionReason
from training.errors import TrainingError

LEARNT, KEPT_OUT = (next(n for n in range(900, 1000) if is_held_out(source(n)) is held) for held in (False, True))


def inspected(passes: int = 40) -> FakeInspection:
    """Passes from minute to minute, a part of every other sort, and reviews."""
    said = [verdict(n, 0.06 + 0.94 * (n % 17) / 17) for n in range(passes)]
    near, band, anomaly = verdict(800, 0.03), verdict(801, 0.02, "review"), verdict(802, 0.01, "anomaly")
    normal, held_out = verdict(LEARNT, 0.01, "anomaly"), verdict(KEPT_OUT, 0.01, "anomaly")
    scratch, defect, unsure = (verdict(n, 0.01, "anomaly") for n in (803, 804, 805))
    reviews = [
        review(normal, Label.NORMAL),
        review(held_out, Label.NORMAL),
        review(scratch, Label.DEFECT, "scratch"),
        review(defect, Label.DEFECT),
        review(unsure, Label.UNSURE),
    ]
    return FakeInspection([*said, near, band, anomaly, normal, held_out, scratch, defect, unsure], reviews)


def run(inspection: FakeInspection, out: Path, limit: int = 1000, **changes: object) -> Collected:
    return collect(replace(CollectRequest(STREAM, DAY, out, limit), **changes), inspection, silent())  # type: ignore[arg-type] # fields by name


def files(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} - {PROVENANCE}


def test_each_part_goes_where_its_review_or_its_verdict_says(tmp_path: Path) -> None:
    found = run(inspected(), tmp_path)
    assert found.images == {TRAIN: 41, HELD_OUT: 1, "test/defect": 1, "test/scratch": 1}
    assert found.left_out == {
        ExclusionReason.NEAR: 1,
        ExclusionReason.REVIEW: 1,
        ExclusionReason.ANOMALY: 1,
        ExclusionReason.UNSURE: 1,
    }
    assert f"test/scratch/inspection.images-{803 % 4}-803.png" in files(tmp_path)
    assert f"{TRAIN}/inspection.images-{LEARNT % 4}-{LEARNT}.png" in files(tmp_path)


def test_provenance_has_the_source_and_the_reason_of_every_file(tmp_path: Path) -> None:
    run(inspected(), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / PROVENANCE).read_text().splitlines()]
    assert {line["file"] for line in lines} == files(tmp_path)
    for line in lines:
        assert hashlib.sha256((tmp_path / line["file"]).read_bytes()).hexdigest() == line["sha256"]
    scratch = next(line for line in lines if line["file"].startswith("test/scratch/"))
    assert scratch["source"] == {"topic": "inspection.images", "partition": 803 % 4, "offset": 803}
    assert (scratch["part_id"], scratch["bundle"], scratch["decision"]) == ("part-803", "champion-1", "anomaly")
    assert (scratch["review"]["label"], scratch["review"]["kind"]) == ("defect", "scratch")


def test_the_choice_is_limited_and_always_the_same(tmp_path: Path) -> None:
    first, second, other = (
        run(inspected(400), tmp_path / name, limit=30, seed=seed)
        for name, seed in (("first", 0), ("second", 0), ("other", 1))
    )
    assert first.images[TRAIN] == 30
    assert files(tmp_path / "first") == files(tmp_path / "second") != files(tmp_path / "other")
    assert first.origins == second.origins
    assert other.images[TRAIN] == 30


def test_near_duplicates_are_left_out_and_others_take_their_place(tmp_path: Path) -> None:
    inspection = inspected(200)
    inspection.pictures = {source(n): speckled(n % 100) for n in range(200)}
    found = run(inspection, tmp_path, limit=80)
    assert found.images[TRAIN] == 80
    assert found.left_out[ExclusionReason.NEAR_DUPLICATE] > 5
    digests = [origin.sha256 for origin in found.origins]
    assert len(set(digests)) == len(digests)


def test_a_near_duplicate_of_a_known_image_is_left_out(tmp_path: Path) -> None:
    known = tmp_path / "known.png"
    known.write_bytes(speckled(7))
    found = collect(CollectRequest(STREAM, DAY, tmp_path / "out"), inspected(), silent(), known=[known])
    assert found.left_out[ExclusionReason.NEAR_DUPLICATE] == 1
    assert source(7) not in {origin.source for origin in found.origins}


def test_a_second_run_fetches_only_what_is_missing(tmp_path: Path) -> None:
    whole = run(inspected(), tmp_path)
    lines = (tmp_path / PROVENANCE).read_text().splitlines()
    altered, removed, unnoted = (json.loads(line)["file"] for line in lines[:3])
    (tmp_path / altered).write_bytes(b"cut off")
    (tmp_path / removed).unlink()
    (tmp_path / PROVENANCE).write_text("\n".join([*lines[:2], *lines[3:], lines[2][:50]]))  # stopped while writing
    again = inspected()
    found = run(again, tmp_path)
    assert (found.origins, found.left_out) == (whole.origins, whole.left_out)
    by_file = {origin.file: origin.source for origin in whole.origins}
    assert set(again.fetched) == {by_file[file] for file in (altered, removed, unnoted)}
    assert (tmp_path / PROVENANCE).read_text().splitlines() == lines


def test_a_part_that_people_changed_their_mind_of_moves(tmp_path: Path) -> None:
    run(inspected(), tmp_path)
    later = inspected()
    later.reviewed.append(review(later.judged[5], Label.DEFECT, "stain"))
    later.reviewed = [each for each in later.reviewed if each.kind != "scratch"]
    found = run(later, tmp_path)
    assert found.images == {TRAIN: 40, HELD_OUT: 1, "test/defect": 1, "test/stain": 1}
    assert files(tmp_path) == {origin.file for origin in found.origins}
    assert files(tmp_path) == {json.loads(line)["file"] for line in (tmp_path / PROVENANCE).read_text().splitlines()}


def test_images_that_are_gone_or_damaged_are_left_out(tmp_path: Path) -> None:
    inspection = inspected()
    inspection.pictures = {source(3): None, source(4): b"no image", source(5): speckled(5)[:60]}
    found = run(inspection, tmp_path)
    assert (found.left_out[ExclusionReason.GONE], found.left_out[ExclusionReason.UNREADABLE]) == (1, 2)
    assert found.images[TRAIN] == 38


def test_a_name_from_a_topic_cannot_leave_the_folder(tmp_path: Path) -> None:
    inspection = FakeInspection([verdict(1, source={"topic": "../../outside", "partition": 0, "offset": 1})])
    run(inspection, tmp_path / "in" / "side")
    assert files(tmp_path) - {f"in/side/{PROVENANCE}"} == {f"in/side/{TRAIN}/..-..-outside-0-1.png"}


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.png").write_bytes(speckled(1))
    with pytest.raises(TrainingError, match="to be empty or to hold what was collected"):
        run(inspected(), tmp_path)
    run(inspected(), tmp_path / "left")
    with pytest.raises(TrainingError, match="found those of 'left'"):
        run(inspected(), tmp_path / "left", stream="right")
