"""`linewatch settings`."""

import pytest

from service.cli.main import main
from service.settings.every import Settings


def test_settings_are_printed_with_their_meaning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_GROUP", "night-shift")
    monkeypatch.setenv("LINEWATCH_SASL_PASSWORD", "hunter2")
    main(["settings"])
    printed = capsys.readouterr().out
    assert "LINEWATCH_GROUP=night-shift\n    Consumer group" in printed
    assert "hunter2" not in printed
    assert printed.count("LINEWATCH_") == len(Settings.model_fields)
