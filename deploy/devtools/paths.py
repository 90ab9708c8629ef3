"""Folders of the checkout: its root, what tools download, and what they build and measure."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / ".cache"
BUILD = REPOSITORY / "build"
