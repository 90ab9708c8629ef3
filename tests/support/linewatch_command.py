"""Running `linewatch` within the test's process."""

import pytest

from service.cli.main import main


def failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status and what stood on stderr of a command that must not end well."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, capsys.readouterr().err
