"""The running processes, while hundreds of clients hold connections to their pages."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Topics
from tests.support.hostile_clients import HOSTILE, Client, attacked
from tests.support.line import Line
from tests.support.reviewing import ReviewPage
from tests.support.service import LINEWATCH, Service, wait_until

pytestmark = pytest.mark.integration

NOWHERE = "127.0.0.1:1"
MANY = 300
SOON_SECONDS = 5.0
"""Far below what kubelet or a supervisor waits for, far above what an idle core needs."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`linewatch run` that waits for its first bundle: its pages are there, Kafka is not needed yet."""
    folder = tmp_path_factory.mktemp("attacked")
    topics = Topics(images="i", verdicts="v", dead_letter="d", reviews="r", partitions=1)
    with Service(NOWHERE, folder / "store", topics, folder / "service.log") as service:
        wait_until(lambda: answers(service.probe_port, "/live") == 200, "the probes")
        wait_until(lambda: answers(service.port, "/live") == 200, "the pages, which open after the probes")
        yield service


def answers(port: int, path: str) -> int:
    """The status of an answer, 0 if there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def slowest(port: int, path: str, status: int) -> float:
    """Seconds that the slowest of ten answers took."""
    took = []
    for _ in range(10):
        began = time.monotonic()
        assert answers(port, path) == status
        took.append(time.monotonic() - began)
    return max(took)


@pytest.mark.parametrize("client", HOSTILE)
def test_probes_and_metrics_are_answered_soon_whatever_is_held(service: Service, client: Client) -> None:
    with attacked(service.port, client, MANY):
        assert slowest(service.probe_port, "/live", 200) < SOON_SECONDS
        assert slowest(service.probe_port, "/ready", 503) < SOON_SECONDS
        assert slowest(service.port, "/metrics", 200) < SOON_SECONDS
    with attacked(service.probe_port, client, MANY):
        assert slowest(service.probe_port, "/live", 200) < SOON_SECONDS
        assert slowest(service.port, "/live", 200) < SOON_SECONDS


@pytest.mark.parametrize("setting", ["HTTP_PORT", "PROBE_PORT"])
def test_a_taken_port_is_one_sentence_that_names_its_setting(service: Service, setting: str) -> None:
    second = {**service.environment, "LINEWATCH_HTTP_PORT": "0", "LINEWATCH_PROBE_PORT": "0"}
    second[f"LINEWATCH_{setting}"] = str(service.port)
    ended = subprocess.run([LINEWATCH, "run"], env=second, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert f"set {setting.lower()} to a free port, or 0 for any" in ended.stderr


def test_it_ends_in_order_while_connections_are_held(service: Service) -> None:
    with attacked(service.port, HOSTILE[1], 50):
        assert service.stop() == 0  # so it is the last test with it


def test_the_review_page_has_probes_of_its_own(line: Line, tmp_path: Path) -> None:
    with ReviewPage(line.kafka, tmp_path / "store", line.topics, tmp_path / "review.log") as page:
        page.until_ready()
        with attacked(page.port, HOSTILE[0], MANY):
            assert slowest(page.probe_port, "/live", 200) < SOON_SECONDS
            assert slowest(page.port, "/", 200) < SOON_SECONDS
