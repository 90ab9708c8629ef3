"""Atomic file writes that survive a power cut."""

import os
from contextlib import suppress
from pathlib import Path

from training.errors import TrainingError


def replace_file(file: Path, content: str | bytes) -> None:
    """Write a small file so that every reader sees it whole, as it was or as it is.

    Raises:
        TrainingError: if it cannot be written; it is as it was then.
    """
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_bytes(content.encode() if isinstance(content, str) else content)
        sync(fresh)
        fresh.replace(file)
        sync(file.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise not_written(file, error) from error


def not_written(path: Path, error: OSError) -> TrainingError:
    """The sentence about a file or folder that cannot be written."""
    return TrainingError(f"expected to write {path}, found that it cannot be: {error.strerror or error}")


def sync(path: Path) -> None:
    """Make a file's content, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
