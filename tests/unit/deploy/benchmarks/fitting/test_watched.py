"""What a command takes while it runs."""

import sys
from pathlib import Path

import pytest

from deploy.benchmarks.fitting.watched import watch
from deploy.devtools.errors import DemoError

MEBIBYTE = 1 << 20


def test_own_memory_pages_of_files_and_files_are_told_apart(tmp_path: Path) -> None:
    program = """
import mmap, tempfile, time
own = b"x" * (64 << 20)
with tempfile.NamedTemporaryFile() as file:
    file.write(b"y" * (32 << 20))
    file.flush()
    mapped = mmap.mmap(file.fileno(), 0)
    taken = sum(mapped[place] for place in range(0, 32 << 20, 4096))
    time.sleep(1.5)
"""
    seen = watch([sys.executable, "-c", program], tmp_path / "temporary", {})
    assert 64 * MEBIBYTE <= seen.own < 128 * MEBIBYTE
    assert 32 * MEBIBYTE <= seen.mapped < 96 * MEBIBYTE
    assert 32 * MEBIBYTE <= seen.disk < 40 * MEBIBYTE
    assert seen.seconds > 1.0


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="found status 3"):
        watch([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "temporary", {})
