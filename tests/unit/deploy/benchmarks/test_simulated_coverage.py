import pytest

from deploy.benchmarks import simulated_coverage
from deploy.benchmarks.simulated_coverage import simulated


def test_folds_keep_the_budget_as_scores_as_they_are_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_coverage, "REPEATS", 60)
    monkeypatch.setattr(simulated_coverage, "KNOWN", (60,))
    for row in simulated():
        assert 0.015 < row["cross"] < 0.06
        assert row["as_they_are"] == pytest.approx(row["cross"], abs=0.005)
        assert 0.03 < row["split"] < 0.07
