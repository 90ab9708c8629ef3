"""`linewatch-train fit`: from arguments to a request, and from a bundle to what is printed."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.scoring.bundle import read_bundle
from service.scoring.manifest import Evaluation
from tests.support.bundles import write_bundle
from tests.support.command_line import refusal
from tests.support.drawn_parts import draw_part, write_image
from training.autoencoders.components.speeds import SPEEDS
from training.calibration.score_order import ScoreOrder
from training.cli.fit import choose_autoencoder
from training.cli.main import main
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.framing import Framing
from training.errors import TrainingError
from training.pipelines.fit import Fitted
from training.progress import Progress


class Commands:
    """`linewatch-train fit` with a stand-in for the fit; `request` is what it was asked for."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.request, self.is_champion = root, None, True
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setattr("training.cli.fit.fit", self.fit)

    def fit(self, request: Any, _: Progress) -> Fitted:
        self.request = request
        evaluation = Evaluation(normal=1, defects=0, image_auroc=None, false_alarms=0, defects_flagged=0)
        bundle = read_bundle(write_bundle(self.root / "store", "line", evaluation=evaluation))
        left_out = (
            LeftOut(Path("a.png"), ExclusionReason.UNREADABLE, "cut off"),
            LeftOut(Path("b.png"), ExclusionReason.UNREADABLE, "cut off"),
        )
        order = ScoreOrder("file name", (0.5, 0.6), None, drifted=False)
        return Fitted(bundle, self.is_champion, left_out, 1.25, {}, order)

    def __call__(self, *arguments: str) -> str:
        command = ["fit", "images", "--stream", "line", "--store", str(self.root / "store"), *arguments]
        self._monkeypatch.setattr("sys.argv", ["linewatch-train", *command])
        main()
        return self._capsys.readouterr().out


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, monkeypatch, capsys)


def test_arguments_become_the_request(run: Commands) -> None:
    run(
        *("--autoencoder", "conv", "--false-alarm-rate", "0.05", "--review-rate", "0.1", "--tail", "extrapolate"),
        *(
            "--calibrate-on",
            "latest",
            "--parts-per-hour",
            "60",
            "--image-size",
            "64",
            "--precision",
            "int8",
            "--seed",
            "7",
        ),
        *("--epochs", "3", "--options", "width=8", "--archive", str(run.root / "archive")),
    )
    request: Any = run.request
    assert (request.data, request.stream, request.store.root) == (Path("images"), "line", run.root / "store")
    assert request.calibrate_on == "latest"
    assert (request.autoencoder, request.options) == ("conv", {"width": "8", "epochs": 3})
    assert (request.false_alarm_rate, request.review_rate, request.extrapolate) == (0.05, 0.1, True)
    assert request.framing == Framing((64, 64))
    assert (request.parts_per_hour, request.precision, request.seed) == (60, "int8", 7)
    assert request.archive.root == str(run.root / "archive")


def test_without_an_archive_no_image_is_archived(run: Commands) -> None:
    run("--autoencoder", "conv")
    request: Any = run.request
    assert (request.archive, request.extrapolate, request.review_rate) == (None, False, None)


def test_a_speed_is_options_that_are_not_given(run: Commands) -> None:
    run("--backbone", "random", "--speed", "fast", "--options", "rank=5")
    request: Any = run.request
    assert request.options == {**SPEEDS["fast"].options, "rank": "5", "backbone": "random"}


@pytest.mark.parametrize("arguments", [("--autoencoder", "conv"), ("--backbone", "none")])
def test_a_speed_of_an_autoencoder_without_that_choice_is_refused(
    run: Commands, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments, "--speed", "fast")
    assert ended.value.code == 2
    assert "expected --speed with the autoencoder feature alone, found --autoencoder conv" in capsys.readouterr().err


def test_the_json_has_bundle_threshold_and_what_was_left_out(run: Commands) -> None:
    found = json.loads(run("--autoencoder", "conv", "--json"))
    assert list(found) == [
        "stream", "bundle", "path", "report", "champion", "autoencoder", "precision", "threshold", "false_alarm_rate",
        "review_threshold", "review_rate", "calibration_method", "fold_factors", "images", "order", "left_out",
        "evaluation", "sensitivity", "seconds",
    ]  # fmt: skip
    assert (found["stream"], found["champion"], found["threshold"], found["seconds"]) == ("line", True, 0.5, 1.2)
    assert found["path"].endswith(found["bundle"])
    assert found["left_out"] == {str(ExclusionReason.UNREADABLE): 2}
    assert found["images"]["calibration"] == 100
    assert "digest" not in found["images"]


def test_the_last_line_says_which_bundle_decides(run: Commands) -> None:
    assert run("--autoencoder", "conv").splitlines()[-1] == "it is the champion and decides now"
    run.is_champion = False
    last = run("--autoencoder", "conv").splitlines()[-1]
    assert last.startswith("the champion stays; to let this one decide: linewatch-train promote line ")
    assert last.endswith(f" --store {run.root / 'store'}")


def test_epochs_are_an_option_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = choose_autoencoder("conv", None, {"width": 8}, 3, Progress())
    assert (chosen.autoencoder, chosen.options) == ("conv", {"width": 8, "epochs": 3})
    assert choose_autoencoder("conv", None, {"width": 8}, None, Progress()).options == {"width": 8}
    assert capsys.readouterr().err == ""


def test_what_a_backbone_changes_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert choose_autoencoder("feature", "none", {}, None, Progress()).autoencoder == "conv"
    assert "without a backbone the autoencoder is conv" in capsys.readouterr().err
    with pytest.raises(TrainingError, match="backbone"):
        choose_autoencoder("conv", "imagenet", {}, None, Progress())


@pytest.mark.parametrize(("method", "rate"), [((), 1 / 31), (("--calibration", "split"), 1 / 16)])
def test_too_few_images_are_refused_with_the_rate_they_support_also_as_json(
    method: tuple[str, ...],
    rate: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for i in range(30):
        write_image(tmp_path / f"{i}.png", draw_part(i, side=32))
    monkeypatch.setattr("sys.argv", ["linewatch-train", "fit", str(tmp_path), "--stream", "a", "--json", *method])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert "found 30" in printed.err
    assert json.loads(printed.out)["smallest_false_alarm_rate"] == pytest.approx(rate)


def test_a_frozen_camera_is_refused_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(60):
        write_image(tmp_path / f"{i:02}.{'png' if i % 2 else 'bmp'}", draw_part(min(i, 50), side=32))
    command = ["fit", str(tmp_path), "--stream", "a", "--store", str(tmp_path / "store"), "--false-alarm-rate", "0.05"]
    assert refusal(command, monkeypatch, capsys) == (
        "linewatch-train: expected images of different parts, found the same pixels in 10 of 60 images "
        "(50.bmp, 51.png, 52.bmp and 7 more), as from a frozen camera; remove the copies, and images taken meanwhile"
    )
