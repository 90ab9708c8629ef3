"""The intake's own account of its polls."""

import time

import pytest

from service.stream.intake import STUCK_SECONDS, Intake


class SlowConsumer:
    """Stands for a Kafka consumer; asks a question in the middle of a poll."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.intake: Intake | None = None

    def subscribe(self, _topics: list[str], listener: Intake) -> None:
        self.intake = listener

    def poll(self, **_: object) -> dict[object, list[object]]:
        assert self.intake is not None
        self.asked.append(self.intake.stuck)
        return {}


@pytest.mark.parametrize(("seconds", "stuck"), [(0.2, False), (STUCK_SECONDS + 1.0, True)])
def test_a_poll_that_takes_far_too_long_is_noticed_while_it_lasts(
    seconds: float, stuck: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = SlowConsumer()
    intake = Intake(consumer, "images", 1)
    clock = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    intake.poll(wait=True)
    assert consumer.asked == [stuck]
    assert not intake.stuck
