"""Work that hangs."""

import threading
import time

import pytest

from service.review.patience import MOST_HANGING, Patience


def test_work_gives_what_it_returns_or_raises() -> None:
    patience = Patience(30.0, "test")
    assert patience.call(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        patience.call(lambda: 1 // 0)


def test_work_that_hangs_is_given_up_and_tried_again_once_it_came_back() -> None:
    patience, release = Patience(0.05, "test"), threading.Event()
    for _ in range(MOST_HANGING):
        with pytest.raises(TimeoutError):
            patience.call(release.wait)
    began = threading.active_count()
    with pytest.raises(TimeoutError):
        patience.call(lambda: 7)
    assert threading.active_count() <= began  # no further thread was left behind
    release.set()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            assert patience.call(lambda: 7) == 7
            break
        except TimeoutError:
            continue
    else:
        pytest.fail("the threads did not come back")
