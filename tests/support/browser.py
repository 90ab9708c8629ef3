"""Pages in a real browser."""

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here: install Debian's package chromium to see the pages in a real browser")
    return found


def browse(chromium: str, url: str, profile: Path, *arguments: str) -> str:
    """Load a page in headless Chromium, let its scripts run, and give the document as it then is."""
    quiet = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    command = [chromium, "--headless", "--no-sandbox", *quiet.split(), "--disable-sync", f"--user-data-dir={profile}"]
    ended = subprocess.run(
        [*command, "--virtual-time-budget=8000", "--dump-dom", *arguments, url],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return ended.stdout
