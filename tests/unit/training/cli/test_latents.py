import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.bundles import SIDE, write_bundle
from tests.support.command_line import linewatch_train
from tests.support.drawn_parts import write_image
from tests.support.latents import plain, write_coded_bundle


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a store with a bundle, `parts` of four colours, and `ask.png`, most like the second."""
    write_coded_bundle(tmp_path / "bundles")
    for number, (red, green) in enumerate([(0, 0), (200, 100), (255, 255), (180, 100)]):
        write_image(tmp_path / f"parts/{number}.png", plain(red, green))
    write_image(tmp_path / "ask.png", plain(201, 100))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEWATCH_STORE", raising=False)
    return tmp_path


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    linewatch_train(monkeypatch, *command.split())


def test_encode_writes_names_scores_and_latents(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("encode default parts ask.png --out codes.npz --json", monkeypatch)
    said = json.loads(capsys.readouterr().out)
    assert (said["images"], said["code_size"], said["left_out"]) == (5, 2, 0)
    with np.load(line / "codes.npz") as found:
        assert found["names"].tolist() == [*(f"parts/{i}.png" for i in range(4)), "ask.png"]
        np.testing.assert_allclose(found["codes"][1], [200 / 255, 100 / 255], atol=1e-4)
        assert found["scores"].shape == (5,)


def test_parquet_says_what_to_install_where_pyarrow_is_missing(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(SystemExit):
        run("encode default parts --out codes.parquet", monkeypatch)
    assert "install pyarrow, or use FILE.npz" in capsys.readouterr().err
    assert not (line / "codes.parquet").exists()


def test_a_latent_of_two_is_drawn_as_a_grid_and_two_images_as_the_way_between(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("decode default --out grid.png --columns 3 --json", monkeypatch)
    assert json.loads(capsys.readouterr().out)["what"] == "grid"
    page = cv2.imread(str(line / "grid.png"))
    assert page is not None
    assert page.shape == (3 * 4 + 2 * 4, 3 * 4 + 2 * 4, 3)
    assert page[10, 10].tolist() == pytest.approx([0, 0.25 * 255, 0.5 * 255], abs=1)
    run("decode default --out way.png --columns 2 --between parts/0.png,parts/1.png", monkeypatch)
    page = cv2.imread(str(line / "way.png"))
    assert page is not None
    assert page[0, 0].tolist() == [0, 0, 0]
    assert page[0, -1].tolist() == [0, 100, 200]


def test_latents_are_decoded_by_the_bundle_that_made_them(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("encode default parts --out c.npz", monkeypatch)
    run("decode default --out grid.png --codes c.npz --columns 3", monkeypatch)
    assert (line / "grid.png").is_file()


def test_neighbours_are_listed_and_drawn_without_the_image_itself(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("neighbours default ask.png --among parts,ask.png -n 2 --out near.png --json", monkeypatch)
    found = json.loads(capsys.readouterr().out)["neighbours"]
    assert [each["image"] for each in found] == ["parts/1.png", "parts/3.png"]
    assert found[0]["distance"] == pytest.approx(1 / 255, rel=1e-3)
    page = cv2.imread(str(line / "near.png"))
    assert page is not None
    assert page.shape == (SIDE, 3 * SIDE + 8, 3)
    run("neighbours default ask.png --among parts -n 1 --distance cosine", monkeypatch)
    said = capsys.readouterr().out
    assert "distance (cosine)" in said
    assert "parts/1.png" in said


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("encode default nowhere --out c.npz", "found nothing at nowhere"),
        ("encode default parts --out c.csv", "expected --out to end in .npz or .parquet"),
        ("encode default parts --out no/folder/c.npz", "expected to write no/folder/c.npz, found no folder no/folder"),
        ("encode none parts --out c.npz", "found 'none', and in bundles: default ("),
        ("encode plain parts --out c.npz", "expected a bundle whose autoencoder has a latent"),
        ("decode plain --out g.png", "without decoder.tflite"),
        ("decode default --out g.png --between parts/0.png", "expected two images for --between, found 1"),
        ("decode default --out g.png --between parts,parts", "found the folder parts"),
        ("decode default --out no/g.png", "found no folder no"),
        ("decode default --out g.png --codes ask.png", "expected latents in ask.png"),
        ("neighbours default ask.png --among ask.png", "found the image alone"),
        ("neighbours default parts --among parts", "expected one image to compare, found the folder parts"),
        ("neighbours default ask.png", "expected --among, found none"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_status_2(
    command: str, sentence: str, line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(line / "bundles", "plain")
    with pytest.raises(SystemExit) as ended:
        run(command, monkeypatch)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err.strip().splitlines()[-1]
