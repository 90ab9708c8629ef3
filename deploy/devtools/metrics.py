"""Samples of a service's /metrics page."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def samples(url: str, name: str) -> list[tuple[dict[str, str], float]]:
    """The labels and value of each sample of that name on `url`/metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310 - our own http address
        text = answer.read().decode()
    return [
        (sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    ]


def images_counted(url: str) -> dict[str, int]:
    """`linewatch_images_total` by outcome, over all streams."""
    counted: dict[str, int] = {}
    for labels, value in samples(url, "linewatch_images_total"):
        counted[labels["outcome"]] = counted.get(labels["outcome"], 0) + int(value)
    return counted
