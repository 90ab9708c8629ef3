"""`linewatch score`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from service.cli.main import main
from service.scoring.input_spec import FittedOn, InputSpec
from tests.support.bundles import SIDE, WITH_REVIEW, part, png, write_bundle
from tests.support.encoded import encoded
from tests.support.framed import write_framed_bundle
from tests.support.linewatch_command import failure
from tests.support.service import LINEWATCH


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "good.png").write_bytes(png(part(51)))
    (folder / "scratched.png").write_bytes(png(part(51, 204)))
    (folder / "notes.txt").write_text("not an image, and not asked for")
    return folder


def test_score_prints_one_json_object_a_line(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path / "store", "left")
    main(["score", "--store", str(tmp_path / "store"), "--stream", "left", "--json", str(images)])
    good, anomalous = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert list(good) == ["path", "score", "threshold", "error_ratio", "p_value", "decision", "bundle"]
    assert (good["path"], good["decision"]) == (str(images / "good.png"), "pass")
    assert (anomalous["decision"], anomalous["error_ratio"]) == ("anomaly", pytest.approx(1.6))
    assert anomalous["bundle"] == bundle.name


def test_score_says_what_of_an_image_was_scored_unless_it_is_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_framed_bundle(tmp_path / "store")
    pixels = part(51, side=128)
    pixels[:, :32] = 255
    pixels[:56, 88:] = 255
    image = tmp_path / "part.png"
    image.write_bytes(png(pixels))
    main(["score", "--store", str(tmp_path / "store"), "--json", str(image)])
    found = json.loads(capsys.readouterr().out)
    assert (found["decision"], found["score"]) == ("pass", pytest.approx(51 / 255))
    assert found["scored"] == {"roi": {"x": 32, "y": 0, "width": 96, "height": 128}, "ignored": 0.25}


def test_another_bundle_than_the_champion_scores_if_it_is_named(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    champion, other = write_bundle(store, "left"), write_bundle(store, "left", champion=False, gain=0.5)
    for name, bundle in ((other.name, other), (str(other), other), ("left", champion)):
        main(["score", "--store", str(store), "--bundle", name, "--json", str(images)])
        assert json.loads(capsys.readouterr().out.splitlines()[0])["bundle"] == bundle.name
    status, printed = failure(
        ["score", "--store", str(store), "--stream", "right", "--bundle", str(other), str(images)], capsys
    )
    assert (status, printed.count("\n")) == (1, 1)
    assert "expected a bundle of stream 'right', found one of 'left'" in printed


def test_score_names_what_it_cannot_score_and_goes_on(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path / "store")
    broken = images / "broken.png"
    broken.write_bytes(b"nonsense")
    missing = tmp_path / "missing.png"
    with pytest.raises(SystemExit, match="1"):
        main(["score", "--store", str(tmp_path / "store"), str(broken), str(missing), str(images / "good.png")])
    printed = capsys.readouterr()
    assert f"unsupported_format: {broken}: expected JPEG, PNG, BMP or TIFF" in printed.err
    assert f"unreadable: {missing}" in printed.err
    assert "pass" in printed.out


def test_score_never_waits_for_a_pipe(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(tmp_path / "store")
    os.mkfifo(images / "pipe.png")
    with pytest.raises(SystemExit, match="1"):
        main(["score", "--store", str(tmp_path / "store"), str(images)])
    printed = capsys.readouterr()
    assert f"unreadable: {images / 'pipe.png'}: no regular file" in printed.err
    assert printed.out.count("x threshold") == 2


def test_score_without_images_says_what_it_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(tmp_path / "store")
    (tmp_path / "empty").mkdir()
    assert failure(["score", "--store", str(tmp_path / "store"), str(tmp_path / "empty")], capsys) == (
        1,
        f"linewatch: expected image files in {tmp_path / 'empty'}, found none; give images or folders of them\n",
    )


def test_a_reader_that_ends_first_is_no_traceback(images: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    command: list[str | Path] = [LINEWATCH, "score", "--json", "--store", tmp_path / "store", images]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        printed = process.stderr.read()
    assert process.returncode == 1
    assert "Error" not in printed


def test_a_bundle_that_asks_for_reviews_says_so(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_bundle(tmp_path / "store", calibration=WITH_REVIEW)
    main(["check", str(folder)])
    assert "for 1.00% false alarms, to review above 0.5 for 5.00%, 3 golden" in capsys.readouterr().out
    main(["score", "--store", str(tmp_path / "store"), "--json", str(images / "scratched.png")])
    anomalous = json.loads(capsys.readouterr().out)
    assert (anomalous["decision"], anomalous["review_threshold"]) == ("review", 0.5)


def test_an_image_unlike_those_of_the_fit_is_scored_and_says_so(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fitted_on = FittedOn(colour_modes=("mono",), height=(300, 300), width=(300, 300), aspect=(1.0, 1.0))
    write_bundle(tmp_path / "store", input=InputSpec(height=SIDE, width=SIDE, channels=3, fitted_on=fitted_on))
    command = ["score", "--store", str(tmp_path / "store"), str(images / "good.png")]
    main([*command, "--json"])
    assert json.loads(capsys.readouterr().out)["unlike_fit"] == ["colour_mode", "size"]
    main(command)
    assert capsys.readouterr().out.endswith("good.png   unlike the fit: colour_mode, size\n")


def test_an_image_of_another_bit_depth_is_not_scored(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path / "store")
    (images / "deep.png").write_bytes(png(part(51).astype(np.uint16) * 257))
    status, printed = failure(["score", "--store", str(tmp_path / "store"), str(images / "deep.png")], capsys)
    assert status == 1
    assert "wrong_bit_depth" in printed
    assert "expected 8 bits per channel as fitted, found 16" in printed


WITHOUT_OPENCV = "import sys; sys.modules['cv2'] = None; from service.cli.main import main; main(sys.argv[1:])"


def test_images_of_every_format_are_scored_without_opencv(images: Path, tmp_path: Path) -> None:
    spec = InputSpec(height=SIDE, width=SIDE, channels=3, margin=1.5)
    write_bundle(tmp_path / "store", input=spec)
    image = part(51, 204, side=8 * SIDE)
    for suffix in (".jpg", ".png", ".bmp", ".tif"):
        (images / f"scratched{suffix}").write_bytes(encoded(suffix, image))
    scored = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENCV, "score", "--store", tmp_path / "store", "--json", images],
        capture_output=True,
        check=True,
    )
    lines = [json.loads(line) for line in scored.stdout.splitlines()]
    assert [line["decision"] for line in lines] == ["pass"] + ["anomaly"] * 4


def test_a_bundle_of_an_earlier_release_asks_for_opencv(tmp_path: Path) -> None:
    write_bundle(tmp_path / "store", input=InputSpec(height=SIDE, width=SIDE, channels=3))
    (tmp_path / "part.png").write_bytes(png(part(51)))
    scored = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENCV, "score", "--store", tmp_path / "store", tmp_path / "part.png"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert scored.returncode != 0
    assert "expected OpenCV" in scored.stderr
    assert "pip install 'linewatch[opencv]', or fit again" in scored.stderr
    assert "Traceback" not in scored.stderr


@pytest.mark.parametrize("program", ["service.app", "service.review.app", "service.scoring.workers.worker"])
def test_no_program_of_the_service_loads_opencv(program: str) -> None:
    check = f"import sys, {program}, service.cli.main; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_score_counts_what_it_passes_over(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(tmp_path / "store")
    for name in (".Trash-1000/files/old.png", ".Trash-1000/info.txt", "@eaDir/good.png", "deep/__MACOSX/._good.png"):
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        (images / name).write_bytes(png(part(51)))
    (images / "again").symlink_to(images)
    command = ["score", "--store", str(tmp_path / "store"), str(images)]
    main(command)
    printed = capsys.readouterr()
    assert printed.out.count("x threshold") == 2
    assert printed.err.splitlines() == [
        f"left out, hidden: 2 ({images}/.Trash-1000)",
        f"left out, system file: 2 ({images}/@eaDir, {images}/deep/__MACOSX)",
        f"left out, not an image: 1 ({images}/notes.txt)",
        f"left out, linked again: 1 ({images}/again)",
    ]
    main([*command, "--json"])
    printed = capsys.readouterr()
    assert [Path(json.loads(line)["path"]).name for line in printed.out.splitlines()] == ["good.png", "scratched.png"]
    assert json.loads(printed.err) == {
        "left_out": {"hidden": 2, "system file": 2, "not an image": 1, "linked again": 1}
    }


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_names_that_are_no_text_are_scored_and_printed(encoding: str, images: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    folder = tmp_path / os.fsdecode(b"pr\xe4f")
    images.rename(folder)
    (folder / "good.png").rename(folder / os.fsdecode(b"g\xfct.png"))
    (folder / os.fsdecode(b"br\xfcchig.png")).write_bytes(b"none")
    for more, wanted in (([], r"pr\xe4f/g\xfct.png"), (["--json"], r"pr\\xe4f/g\\xfct.png")):
        done = subprocess.run(
            [LINEWATCH, "score", "--store", tmp_path / "store", *more, folder],
            capture_output=True,
            env=os.environ | {"PYTHONIOENCODING": encoding},
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert wanted in done.stdout.decode()
        assert rb"br\xfcchig.png" in (done.stdout + done.stderr).replace(b"\\\\", b"\\")
        assert b"Traceback" not in done.stderr


def test_a_folder_that_cannot_be_read_is_named_and_ends_with_status_1(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path / "store")
    (tmp_path / "closed").mkdir()
    read = os.scandir

    def refuse(folder: str | Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return read(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SystemExit, match="1"):
        main(["score", "--store", str(tmp_path / "store"), str(tmp_path / "closed"), str(images / "good.png")])
    printed = capsys.readouterr()
    assert printed.err == f"left out, unreadable folder: 1 ({tmp_path}/closed)\n"
    assert printed.out.count("x threshold") == 1
