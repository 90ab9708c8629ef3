"""The metrics of part verdicts are a contract."""

from kafka import TopicPartition

from service.parts.metrics import PartsMetrics
from service.parts.partition import PartitionParts, PassedOver
from service.parts.standing import Standing
from tests.support.clock import Clock
from tests.support.records import FakeRecord
from tests.support.views import RULES, VIEWS, read_all, view_record

CONTRACT = {
    "linewatch_parts": ("counter", ("decision", "closing")),
    "linewatch_part_views_missing": ("counter", ("view",)),
    "linewatch_part_views_late": ("counter", ("view", "decision")),
    "linewatch_part_views_repeated": ("counter", ("view",)),
    "linewatch_part_records_passed_over": ("counter", ("why",)),
    "linewatch_part_end_to_end_seconds": ("histogram", ()),
    "linewatch_parts_open": ("gauge", ()),
    "linewatch_part_batches_aborted": ("counter", ()),
    "linewatch_consumer_lag_records": ("gauge", ("topic", "partition")),
}


def test_names_types_and_labels_are_those_of_the_design() -> None:
    declared = [each for each in vars(PartsMetrics(VIEWS)).values() if hasattr(each, "_labelnames")]
    assert {each._name: (each._type, each._labelnames) for each in declared} == CONTRACT


def test_what_was_committed_is_counted() -> None:
    metrics, clock = PartsMetrics(VIEWS), Clock()
    parts = PartitionParts(RULES, Standing(), clock)
    read_all(parts, [view_record(0, "p", "top"), view_record(1, "p", "top"), FakeRecord(offset=2, value=b"")])
    clock.now += RULES.timeout
    assert parts.due()
    parts.mark_end(3)
    parts.time_out(3)
    parts.read(view_record(3, "p", "left", decision="anomaly"))
    metrics.count(parts.pending)
    found = {
        ("linewatch_parts_total", "incomplete", "timeout"): 1.0,
        ("linewatch_part_views_missing_total", "left"): 1.0,
        ("linewatch_part_views_missing_total", "right"): 1.0,
        ("linewatch_part_views_missing_total", "top"): 0.0,
        ("linewatch_part_views_late_total", "left", "anomaly"): 1.0,
        ("linewatch_part_views_repeated_total", "top"): 1.0,
        ("linewatch_part_records_passed_over_total", PassedOver.NO_VERDICT): 1.0,
        ("linewatch_part_end_to_end_seconds_count",): 1.0,
    }
    for (name, *values), number in found.items():
        labels = dict(zip(CONTRACT.get(name.removesuffix("_total"), ("", ()))[1], values, strict=True))
        assert metrics.registry.get_sample_value(name, labels) == number, (name, values)


def test_the_lag_of_a_partition_that_went_elsewhere_is_gone() -> None:
    metrics = PartsMetrics(VIEWS)
    metrics.show_lag({TopicPartition("verdicts", 1): 5, TopicPartition("verdicts", 2): 0})
    metrics.show_lag({TopicPartition("verdicts", 2): 7})
    found = [
        (sample.labels["partition"], sample.value) for family in metrics.lag.collect() for sample in family.samples
    ]
    assert found == [("2", 7.0)]
