"""Serving the page until it is closed or a signal comes."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.web.server import PortTaken, serving
from training.errors import TrainingError
from training.region.page import MOST_BODY_BYTES, make_page
from training.region.session import Session

HOST = "127.0.0.1"

WAKE_SECONDS = 0.5
"""The system may deliver a signal to any thread, and Python handles it when the main one wakes."""


def serve(session: Session, port: int, ready: Callable[[str], None], saved: Callable[[str], None]) -> None:
    """Serve the page on loopback until it is closed, or SIGINT or SIGTERM comes; main thread only.

    Args:
        session: what is shown and saved.
        port: port to listen on; 0 picks a free one.
        ready: told the page's address when it answers.
        saved: told the command after each time that it was saved.

    Raises:
        TrainingError: if the port cannot be listened on.
    """
    with _closing() as closing:
        page = make_page(session, HOST, saved, closing)
        try:
            with serving(page, HOST, port, "--port", threads=4, most_body_bytes=MOST_BODY_BYTES) as actual:
                ready(f"http://{HOST}:{actual}/")
                while not closing.wait(WAKE_SECONDS):
                    pass
        except PortTaken as error:
            raise TrainingError(str(error)) from error


def open_browser(url: str) -> None:
    """Show a page in the user's browser, where there is a screen: one in the terminal would take it."""
    if sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        webbrowser.open(url)


@contextmanager
def _closing() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, for as long as the context lasts."""
    closing = threading.Event()
    before = {each: signal.signal(each, lambda *_: closing.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield closing
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
