"""Running `linewatch` to its end: within the test's process, or in one of its own."""

import os
import subprocess

import pytest

from service.cli.main import main
from tests.support.service import LINEWATCH


def failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status and what stood on stderr of a command that must not end well."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, capsys.readouterr().err


def linewatch(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a command that ended by itself printed, and its exit status; `environment` is added to the test's."""
    return subprocess.run(
        [LINEWATCH, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
