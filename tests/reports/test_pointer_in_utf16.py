"""Reported: a text file written by a redirect of PowerShell 5 is in UTF-16, and its reader ends with a traceback."""

from pathlib import Path

import pytest

from tests.support.bundles import part, png, write_bundle
from tests.support.linewatch_command import failure


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_champion_in_another_encoding_is_refused_in_one_sentence(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = write_bundle(tmp_path / "store")
    (bundle.parent / "champion").write_bytes(f"{bundle.name}\r\n".encode(encoding))
    image = tmp_path / "good.png"
    image.write_bytes(png(part(51)))
    status, printed = failure(["score", "--store", str(tmp_path / "store"), str(image)], capsys)
    assert status == 1
    assert "expected" in printed
    assert "champion" in printed
    assert len(printed.strip().splitlines()) == 1
