from collections import Counter

from training.collection.inspected_part import Stratum
from training.collection.sampling import Cell, in_proportion, most_in_proportion, stratified_sample

BUSY, QUIET, RARE, OTHER = (1, 9), (14, 9), (1, 1), (2, 9)


def made(cell: Cell, count: int) -> list[tuple[Cell, tuple[Cell, int]]]:
    """Parts of a cell: its name and their number."""
    return [(cell, (cell, number)) for number in range(count)]


def test_rare_parts_and_quiet_hours_stay_in() -> None:
    chosen = stratified_sample([*made(BUSY, 500), *made(QUIET, 3), *made(RARE, 4)], [], 20)
    assert Counter(cell for cell, _ in chosen) == {BUSY: 13, QUIET: 3, RARE: 4}


def test_the_first_of_each_cell_are_taken_and_what_was_taken_before_counts() -> None:
    one, other = made(BUSY, 10), made(OTHER, 10)
    assert stratified_sample([*one, *other], [], 4) == [(BUSY, 0), (OTHER, 0), (BUSY, 1), (OTHER, 1)]
    assert stratified_sample([*one[2:], *other], [BUSY, BUSY], 2) == [(OTHER, 0), (OTHER, 1)]
    assert stratified_sample(one, [], 100) == [part for _, part in one]
    assert stratified_sample(one, [], 0) == []


def test_parts_are_sampled_in_the_proportions_of_the_line_and_the_tail_is_rounded_up() -> None:
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
