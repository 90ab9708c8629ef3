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


WINDOW = "--window-size=1280,800"


@contextmanager
def driving(chromium: str, chromedriver: str, profile: Path) -> Iterator[Chrome]:
    """A headless Chromium under the control of a driver; it ends with the context.

    Args:
        chromium: the browser's program.
        chromedriver: the program that drives it.
        profile: a folder for its profile.
    """
    options = ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (*QUIET, WINDOW, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    found = Chrome(options=options, service=ChromeService(chromedriver))
    try:
        yield found
    finally:
        found.quit()
