"""Shell scripts in place of Linewatch's commands."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where `deploy.devtools.commands` looks for Linewatch's commands, empty but for Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)  # the leash runs on it
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def script(folder: Path, name: str, text: str) -> None:
    """Write a program that runs `text` in a shell."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
