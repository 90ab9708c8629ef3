import json
from pathlib import Path

import pytest

from tests.support.command_line import linewatch_train, refusal
from tests.support.regions import STAMP, chosen_of, read_png, stamped_part


@pytest.fixture
def data(tmp_path: Path) -> Path:
    chosen_of(tmp_path / "data", [stamped_part(seed) for seed in range(24)])
    return tmp_path / "data"


def test_the_suggestion_is_written_without_a_page(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = data.parent / "out"
    linewatch_train(monkeypatch, "region", data, "--out", out, "--suggest")
    printed = capsys.readouterr().out
    assert "every normal image differs strongly" in printed
    assert f"linewatch-train fit {data} --stream STREAM --roi 1" in printed
    assert f" --ignore {out}/ignore.png\n" in printed
    assert read_png(out / "ignore.png")[STAMP].mean() > 230
    linewatch_train(monkeypatch, "region", data, "--out", out, "--suggest", "--json")  # its own may be written again
    found = json.loads(capsys.readouterr().out)
    assert found["suggestion_taken"] == ["surround", "changing", "roi"]
    assert (found["drawn_by"], found["images"]["used"]) == ("suggestion", 24)


def test_what_a_person_drew_is_not_overwritten(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = data.parent / "out"
    out.mkdir()
    (out / "ignore.png").write_bytes(b"a mask")
    why = refusal(["region", str(data), "--out", str(out), "--suggest"], monkeypatch, capsys)
    assert "which --suggest would overwrite" in why
    assert (out / "ignore.png").read_bytes() == b"a mask"


def test_folders_that_cannot_be_are_refused_before_images_are_read(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    why = refusal(["region", str(data), "--out", str(data / "region")], monkeypatch, capsys)
    assert "would be taken for an image" in why
    nowhere = str(data.parent / "nowhere")
    assert "found no folder" in refusal(["region", nowhere, "--out", f"{nowhere}2"], monkeypatch, capsys)


def test_sizes_that_do_not_fit_are_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen_of(data, [stamped_part(100)[:90]])  # in place of the first
    linewatch_train(monkeypatch, "region", data, "--out", data.parent / "out", "--suggest")
    assert "23 images are 96x96, 1 are of other sizes" in " ".join(capsys.readouterr().err.split())
