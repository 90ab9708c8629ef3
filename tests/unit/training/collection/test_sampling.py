from collections import Counter
from datetime import timedelta

from tests.support.inspection_log import DAY, NOON, STREAM, verdict
from training.collection.inspected_part import InspectedPart, Stratum, part_of
from training.collection.sampling import in_proportion, most_in_proportion, stratified_sample
from training.collection.verdict_reservoir import VerdictReservoir

SEEN = VerdictReservoir(STREAM, DAY, {}, guard=0.05, seed=0, most=10)


def made(offset: int, hour: float, p_value: float) -> InspectedPart:
    return part_of(verdict(offset, p_value, at=NOON + timedelta(hours=hour)), None)


def test_rare_looks_and_quiet_hours_stay_in() -> None:
    busy = [made(n, 1.5, 0.95) for n in range(500)]
    quiet = [made(1000 + n, 14.5, 0.95) for n in range(3)]
    rare = [made(2000 + n, 1.5, 0.15) for n in range(4)]
    chosen = stratified_sample([*busy, *quiet, *rare], SEEN.cell, [], 20)
    assert Counter(SEEN.cell(part) for part in chosen) == {(1, 9): 13, (14, 9): 3, (1, 1): 4}


def test_the_first_of_each_cell_are_taken_and_what_was_taken_before_counts() -> None:
    one, other = [made(n, 1.5, 0.95) for n in range(10)], [made(100 + n, 2.5, 0.95) for n in range(10)]
    assert stratified_sample([*one, *other], SEEN.cell, [], 4) == [one[0], other[0], one[1], other[1]]
    assert stratified_sample([*one[2:], *other], SEEN.cell, one[:2], 2) == other[:2]
    assert stratified_sample(one, SEEN.cell, [], 100) == one
    assert stratified_sample(one, SEEN.cell, [], 0) == []


def test_parts_are_drawn_in_the_proportions_of_the_line_and_the_tail_is_rounded_up() -> None:
    parts = {Stratum.CLEAR: list(range(1000)), Stratum.NEAR: [-1, -2, -3], Stratum.FLAGGED: [-4, -5, -6]}
    normals = {Stratum.CLEAR: 9500.0, Stratum.NEAR: 450.0, Stratum.FLAGGED: 50.0}
    assert in_proportion(parts, normals, 50) == [-1, -2, -3, -4, *range(46)]
    assert in_proportion(parts, {Stratum.CLEAR: 10.0}, 3) == [0, 1, 2]


def test_passes_are_thinned_to_the_share_of_flagged_parts_that_was_reviewed() -> None:
    parts = {Stratum.CLEAR: list(range(990)), Stratum.FLAGGED: list(range(8))}
    normals = {Stratum.CLEAR: 990.0, Stratum.NEAR: 0.0, Stratum.FLAGGED: 10.0}
    assert most_in_proportion(parts, normals, 2000) == 800
    assert most_in_proportion(parts, normals, 100) == 100
    assert len(in_proportion(parts, normals, 800)) == 800
