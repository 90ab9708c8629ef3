"""`linewatch-train export`."""

import json
from pathlib import Path

import pytest

from tests.support.bundles import write_bundle
from tests.support.command_line import linewatch_train


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a store with a bundle."""
    write_bundle(tmp_path / "bundles")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEWATCH_STORE", raising=False)
    return tmp_path


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    linewatch_train(monkeypatch, *command.split())


def test_export_finds_the_bundle_by_its_folder_the_start_of_its_id_or_its_stream(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.bundles.onnx_graph.to_onnx", lambda bundle: bundle.id.encode())
    folder = next((line / "bundles/default").glob("*/manifest.json")).parent
    for number, name in enumerate((str(folder), folder.name[:6], "default")):
        run(f"export {name} --out {number}.onnx --json", monkeypatch)
        assert json.loads(capsys.readouterr().out)["bundle"] == folder.name
        assert (line / f"{number}.onnx").read_text() == folder.name


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("export nix --format onnx --out m.onnx", "found 'nix', and in bundles: default ("),
        ("export nix --out no/m.onnx", "found no folder no"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_status_2(
    command: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, monkeypatch)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err.strip().splitlines()[-1]
