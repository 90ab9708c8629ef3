"""Pages in a real browser."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from deploy.devtools.browser import QUIET, driving


@pytest.fixture
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here: install Debian's package chromium to see the pages in a real browser")
    return found


def browse(chromium: str, url: str, profile: Path, *arguments: str) -> str:
    """Load a page in headless Chromium and run its scripts; the document after that."""
    ended = subprocess.run(
        [
            chromium,
            *QUIET,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=8000",
            "--dump-dom",
            *arguments,
            url,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return ended.stdout


@pytest.fixture
def driver(chromium: str, tmp_path: Path) -> Iterator[Chrome]:
    """Chromium driven by keys and mouse, 1280 x 800."""
    chromedriver = shutil.which("chromedriver")
    if chromedriver is None:
        pytest.skip("no chromedriver here: install Debian's package chromium-driver to use the pages' keys")
    with driving(chromium, chromedriver, tmp_path / "profile") as found:
        yield found
