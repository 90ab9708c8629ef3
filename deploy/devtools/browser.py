"""Headless Chromium, driven by keys and mouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def driving(chromium: str, chromedriver: str, profile: Path, size: tuple[int, int] = (1280, 800)) -> Iterator[Chrome]:
    """A headless Chromium under the control of a driver; it ends with the context.

    Args:
        chromium: the browser's program.
        chromedriver: the program that drives it.
        profile: a folder for its profile.
        size: width and height of its window, in pixels.
    """
    options = ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (*QUIET, f"--window-size={size[0]},{size[1]}", f"--user-data-dir={profile}"):
        options.add_argument(argument)
    found = Chrome(options=options, service=ChromeService(chromedriver))
    try:
        yield found
    finally:
        found.quit()
