"""Reading a /metrics page."""

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter, start_http_server

from deploy.devtools.metrics import images_counted, samples


@pytest.fixture
def url() -> Iterator[str]:
    registry = CollectorRegistry()
    images = Counter("linewatch_images", "Images.", ["stream", "outcome"], registry=registry)
    for stream, outcome, number in (("left", "pass", 3), ("right", "pass", 4), ("left", "anomaly", 1)):
        images.labels(stream, outcome).inc(number)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_samples_have_the_labels_and_values_of_one_name(url: str) -> None:
    found = samples(url, "linewatch_images_total")
    assert ({"stream": "right", "outcome": "pass"}, 4.0) in found
    assert len(found) == 3
    assert samples(url, "linewatch_images") == []


def test_images_are_counted_over_all_streams(url: str) -> None:
    assert images_counted(url) == {"pass": 7, "anomaly": 1}
