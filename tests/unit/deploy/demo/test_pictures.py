from pathlib import Path

import pytest

from deploy.demo import pictures
from deploy.devtools.commands import linewatch_train
from deploy.devtools.paths import REPOSITORY


def test_all_pictures_of_the_page_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: str, *arguments: object, environment: dict[str, str]) -> dict[str, object]:
        assert environment == {}
        words = [command, *map(str, arguments)]
        ran.append(words)
        out = Path(words[words.index("--out") + 1]) if "--out" in words else None
        if command == "restore" and out is not None:
            out.mkdir()
            (out / "sheet.png").write_bytes(b"a sheet")
        elif out is not None:
            out.write_bytes(b"parts")
        return {}

    monkeypatch.setattr(linewatch_train, "run", run)
    monkeypatch.setattr(pictures, "BUILD", tmp_path)
    monkeypatch.setattr(pictures, "IMAGES", tmp_path)
    monkeypatch.setattr(pictures, "write_line", lambda folder, **_: folder.mkdir())
    pictures.main()
    assert [words[0] for words in ran] == ["fit", "fit", "fit", "generate", "restore", "restore", "restore"]
    page = (REPOSITORY / "docs/pictures.md").read_text()
    for name in ("generate.png", "restore-denoising.png", "restore-unet.png", "restore-vae.png"):
        assert (tmp_path / name).is_file()
        assert f"images/{name}" in page
