"""How fast images are sent."""

from service.send.pace import MOST_BYTES, MOST_IMAGES, Pace


def test_without_a_rate_a_batch_is_as_large_as_may_be() -> None:
    pace = Pace(None)
    assert not pace.is_full(MOST_IMAGES - 1, MOST_BYTES - 1)
    assert pace.is_full(MOST_IMAGES, 1)
    assert pace.is_full(1, MOST_BYTES)
    pace.sent(1000)
    assert pace.seconds_to_wait() == 0.0


def test_a_rate_spaces_batches_and_is_not_caught_up_after_a_rest() -> None:
    now = [0.0]
    pace = Pace(40.0, lambda: now[0])
    assert pace.most_images == 10
    pace.sent(10)
    assert pace.seconds_to_wait() == 0.25
    now[0] = 100.0
    pace.sent(10)
    assert 0.2 < pace.seconds_to_wait() < 0.25
    assert Pace(0.5).most_images == 1
