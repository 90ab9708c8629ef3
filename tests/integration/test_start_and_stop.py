"""A service that waits for its first broker stops when it is told to."""

import signal
import time
from pathlib import Path

import pytest

from tests.support.broker import Topics
from tests.support.bundles import write_bundle
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

NOWHERE = "127.0.0.1:1"
TOPICS = Topics("images", "verdicts", "dead-letter", "reviews", 1)


class Review(Service):
    command = ("review",)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", [Service, Review])
def test_a_stop_is_answered_while_the_first_broker_is_waited_for(
    kind: type[Service], number: signal.Signals, tmp_path: Path
) -> None:
    write_bundle(tmp_path / "store")
    settings = {"bootstrap_timeout_seconds": 600, "review_port": 0, "probe_port": 0, "archive": tmp_path}
    with kind(NOWHERE, tmp_path / "store", TOPICS, tmp_path / "service.log", **settings) as service:
        wait_until(
            lambda: any("no connection yet" in event["event"] for event in service.events()), "the wait for a broker"
        )
        began = time.monotonic()
        service.send(number)
        assert service.wait() == 0
    assert time.monotonic() - began < 5.0  # a second, but on a loaded machine
    assert "stopped before the brokers answered" in [event["event"] for event in service.events()]
    assert service.raw_lines() == []
    assert any("connection refused; check bootstrap_servers" in event["event"] for event in service.events())
