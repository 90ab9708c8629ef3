"""Finding tools, and going on without them."""

from pathlib import Path

import pytest

from deploy.devtools.downloads import find, main, unpack
from deploy.devtools.errors import ToolError


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_tool_on_path_wins_over_one_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = _program(tmp_path / "path" / "promtool")
    _program(tmp_path / "cache" / "usr" / "bin" / "promtool")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert find("promtool", tmp_path / "cache") == on_path


def test_a_tool_in_the_cache_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = _program(tmp_path / "cache" / "usr" / "bin" / "promtool")
    monkeypatch.setenv("PATH", "")
    assert find("promtool", tmp_path / "cache") == cached


def test_a_tool_that_is_nowhere_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert find("alertmanager", tmp_path / "cache") is None


def test_debians_name_of_alertmanager_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = _program(tmp_path / "prometheus-alertmanager")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find("alertmanager", tmp_path / "cache") == installed


def test_without_apt_unpacking_says_what_was_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="expected a Debian-like system with apt-get and dpkg, found none"):
        unpack(["prometheus"], tmp_path)


def test_the_command_goes_on_without_what_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("deploy.devtools.downloads.find", lambda _name: None)
    assert main([]) == 0
    printed = capsys.readouterr()
    assert "going on without prometheus, prometheus-alertmanager: expected a Debian-like system" in printed.err
    assert "promtool: none; the tests that need it skip. Install the package prometheus" in printed.out
