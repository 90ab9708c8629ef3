"""The table of what the Kafka client costs."""

from deploy.benchmarks.speed.kafka_client.table import table

FETCHED = {
    "images_per_second": 812.4,
    "mb_per_second": 162.4,
    "cpu_ms": 0.5,
    "cpu_ms_per_mb": 2.5,
    "peak_mb": 120.0,
    "paced_cpu_ms": 0.75,
    "paced_p50_ms": 2.0,
}
FIGURES = {
    "fetching": {200_000: {"ours": FETCHED}},
    "publishing": {"ours": {"1": {"p50_ms": 6.5, "cpu_ms": 1.5}, "8": {"p50_ms": 7.5, "cpu_ms": 0.25}}},
}
MACHINE = {"cpu": "AMD EPYC", "cores": 2, "python": "3.11.7", "commit": "abc"}


def test_the_share_of_a_core_is_that_of_a_hundred_images_a_second() -> None:
    lines = table(FIGURES, MACHINE).splitlines()
    assert "| 200 kB | ours | 812 | 162 | 0.50 | 2.50 | 120 | 0.75 | 8% | 2.0 |" in lines
    assert "| 8 | ours | 7.5 | 0.25 |" in lines
    assert lines[-1].startswith("AMD EPYC, 2 cores")
