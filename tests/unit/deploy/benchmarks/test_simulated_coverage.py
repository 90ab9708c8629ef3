import pytest

from deploy.benchmarks import simulated_coverage
from deploy.benchmarks.simulated_coverage import simulated


def test_folds_keep_the_budget_and_as_they_are_they_keep_far_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_coverage, "REPEATS", 60)
    monkeypatch.setattr(simulated_coverage, "KNOWN", (60,))
    for row in simulated():
        assert 0.03 < row["cross"] < 0.06
        assert row["as_they_are"] < row["cross"] - 0.005
        assert 0.03 < row["split"] < 0.07
