"""Running `linewatch-train` within the test's process."""

import pytest

from training.cli.main import main


def linewatch_train(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    """Run a command as from a shell; what it prints and its exit are those of this process."""
    monkeypatch.setattr("sys.argv", ["linewatch-train", *map(str, arguments)])
    main()


def refusal(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command that must end with status 2."""
    with pytest.raises(SystemExit) as ended:
        linewatch_train(monkeypatch, *arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]
