"""Polling for what another process does."""

import time
from collections.abc import Callable

from deploy.devtools.errors import DemoError


def wait_until(happened: Callable[[], bool], what: str, *, seconds: float, pause: float) -> None:
    """Poll a condition every `pause` seconds.

    Raises:
        DemoError: if it is not true within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise DemoError(f"expected {what} within {seconds:.0f} s, found none")
        time.sleep(pause)
