import json
from pathlib import Path

import cv2
import pytest

from service.scoring.manifest import AutoencoderInfo
from tests.support.bundles import write_bundle
from tests.support.command_line import linewatch_train, refusal
from tests.support.drawn_parts import write_image
from tests.support.latents import plain, write_coded_bundle
from tests.support.reconstructing import write_reconstructing_bundle


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a store with streams of three autoencoders, and images."""
    write_reconstructing_bundle(tmp_path / "bundles", "dimming")
    write_coded_bundle(tmp_path / "bundles", "drawing", name="vae")
    info = AutoencoderInfo(name="feature", parameters=0, code_size=64)
    write_bundle(tmp_path / "bundles", "features", autoencoder=info)
    for number, (red, green) in enumerate([(0, 0), (200, 100)]):
        write_image(tmp_path / f"parts/{number}.png", plain(red, green))
    (tmp_path / "parts/notes.txt").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEWATCH_STORE", raising=False)
    return tmp_path


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    linewatch_train(monkeypatch, *command.split())


def test_restore_writes_pictures_and_says_what_it_passed_over(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("restore dimming parts --out shown --json", monkeypatch)
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["stream"], found["sheet"], found["mean"]) == ("dimming", "shown/sheet.png", None)
    assert [each["restored"] for each in found["images"]] == ["shown/0.png", "shown/1.png"]
    assert found["left_out_by_reason"] == {"not an image": 1}
    assert "left out, not an image: parts/notes.txt" in said.err
    assert {path.name for path in (line / "shown").iterdir()} == {"0.png", "1.png", "sheet.png"}
    run("restore dimming parts --out shown", monkeypatch)
    assert "2 restored images are in shown, side by side in shown/sheet.png" in capsys.readouterr().out


@pytest.mark.usefixtures("line")
def test_restore_prints_what_was_measured_and_the_means(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("restore dimming parts --out shown --against parts --json", monkeypatch)
    found = json.loads(capsys.readouterr().out)
    black, coloured = (each["quality"] for each in found["images"])
    assert black["restored"]["psnr"] is None
    assert coloured["given"]["psnr"] is None
    assert coloured["restored"]["psnr"] == pytest.approx(found["mean"]["restored"]["psnr"])
    run("restore dimming parts --out shown --against parts", monkeypatch)
    said = capsys.readouterr().out
    assert "mean of 2" in said
    assert f"{coloured['restored']['psnr']:.2f} dB" in said
    assert "same" in said


def test_generate_draws_as_many_parts_as_are_asked_for(
    line: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("generate drawing -n 5 --out sheet.png --json", monkeypatch)
    assert json.loads(capsys.readouterr().out)["images"] == 5
    page = cv2.imread(str(line / "sheet.png"))
    assert page is not None
    assert page.shape == (2 * 4 + 4, 3 * 4 + 2 * 4, 3)
    for number in ("--n 5", "--n=5", "--count 5"):
        run(f"generate drawing --out again.png {number}", monkeypatch)
        assert (line / "again.png").read_bytes() == (line / "sheet.png").read_bytes()
    run("encode drawing parts --out c.npz", monkeypatch)
    run("generate drawing --codes c.npz --seed 2 --out other.png", monkeypatch)
    assert "16 new parts are in other.png" in capsys.readouterr().out


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("restore features parts --out s", "of feature, which has no picture: it reproduces features"),
        ("restore drawing parts --out s --mask parts/0.png", "is wholly black: nothing is to be painted in)"),
        ("restore none parts --out s", "found 'none', and in bundles: dimming ("),
        ("restore dimming nowhere --out s", "found nothing at nowhere"),
        ("restore dimming parts --out parts", "expected --out apart from what is read"),
        ("restore dimming parts --out s --noise 2", "noise: input should be less than or equal to 1"),
        ("restore dimming parts", "expected --out, found none"),
        ("generate features --out s.png", "reproduces features, not pixels, and has no picture"),
        ("generate dimming --out s.png", "of unet, which has no latent of a whole image to draw"),
        ("generate drawing --out no/s.png", "found no folder no"),
        ("generate drawing --out s.png -n 0", "greater than or equal to 1"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_status_2(
    command: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(command.split(), monkeypatch, capsys)
