"""Atomic file writes that survive a power cut."""

import os
from pathlib import Path


def replace_file(file: Path, content: str) -> None:
    """Write a small file so that every reader sees it whole, as it was or as it is."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(content)
    sync(fresh)
    fresh.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
