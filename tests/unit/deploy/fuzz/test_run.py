"""A fuzz run: nothing in the service goes wrong over a few thousand inputs, and what does go wrong is found."""

from pathlib import Path

import pytest

from deploy.fuzz import run
from deploy.fuzz.run import Run
from deploy.fuzz.tally import Tally
from tests.support.hostile_families import KILLERS


def test_a_few_thousand_hostile_inputs_of_every_kind_crash_nothing_and_no_wrong_pixels_pass(tmp_path: Path) -> None:
    fuzz, tally = Run(seed=2026, inputs=3000, workers=2, saved=tmp_path), Tally()
    for result in fuzz.results():
        tally.add(result)
    assert [f"{each.group} {each.number}: {each.fault}" for each in tally.faults] == []
    assert tally.inputs == 3000
    assert set(tally.by_group) > {"JPEG", "PNG", "TIFF", "BMP", "record", "batch", "verdict", "review", "settings"}
    assert fuzz.growth < 200 << 20


def test_an_input_that_kills_or_hangs_the_process_is_a_crash_and_the_others_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(run, "START_SECONDS", 60.0)
    results = {each.number: each for each in Run(1, 12, 1, tmp_path, KILLERS).results()}
    assert sorted(results) == list(range(12))
    faults = {number: each.fault for number, each in results.items() if each.fault}
    assert faults == {3: "killed the process", 5: "KeyError: 'boom'", 7: "others", 9: "hung for 1 s"}
    assert {number for number, each in results.items() if each.crashed} == {3, 5, 9}
    assert sorted(file.name for file in tmp_path.glob("*.bin")) == [f"1-{n}-killers.bin" for n in (3, 5, 7, 9)]
