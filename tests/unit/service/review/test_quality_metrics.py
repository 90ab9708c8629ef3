"""The rates as metrics."""

from prometheus_client import CollectorRegistry

from service.quality.rates import Group, Rates
from service.review.quality_metrics import export


def rates(passed: Group) -> Rates:
    anomaly = Group(parts=10, asked=10, normal=5, defect=5)
    return Rates(stream="left", bundle="b", passed=passed, review=Group(parts=0, asked=0), anomaly=anomaly)


def test_rates_are_exported_with_their_intervals() -> None:
    registry = CollectorRegistry()
    found = rates(Group(parts=990, asked=120, normal=98, defect=2, unsure=3))
    export(registry, lambda: [found])
    assert found.escape is not None
    assert found.false_alarm is not None
    for bound in ("low", "estimate", "high"):
        labels = {"stream": "left", "bundle": "b", "bound": bound}
        assert registry.get_sample_value("linewatch_escape_rate", labels) == getattr(found.escape, bound)
        assert registry.get_sample_value("linewatch_false_alarm_rate", labels) == getattr(found.false_alarm, bound)
    audits = {
        state: registry.get_sample_value("linewatch_audited_parts", {"stream": "left", "bundle": "b", "state": state})
        for state in ("drawn", "answered")
    }
    assert audits == {"drawn": 120, "answered": 103}


def test_what_is_not_known_is_not_exported_and_every_scrape_asks_again() -> None:
    registry, known = CollectorRegistry(), [rates(Group(parts=990, asked=20))]
    export(registry, lambda: known)
    estimate = {"stream": "left", "bundle": "b", "bound": "estimate"}
    assert registry.get_sample_value("linewatch_escape_rate", estimate) is None
    known[0] = rates(Group(parts=990, asked=20, normal=19, defect=1))
    assert registry.get_sample_value("linewatch_escape_rate", estimate) == 0.05


def test_registering_asks_for_nothing() -> None:
    def fail() -> list[Rates]:
        raise AssertionError

    export(CollectorRegistry(), fail)
