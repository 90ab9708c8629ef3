import json
import shlex
from pathlib import Path

import pytest

from tests.support.command_line import linewatch_train
from tests.support.drawn_parts import write_image
from tests.support.tiny_training import QUIET, SPEC, share_of, tiny_parts
from training.autoencoders.components.feature_options import FeatureOptions
from training.cli.main import LinewatchTrain
from training.tuning.trials import Trials

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

TINY = "--autoencoder dense --image-size 32 --epochs 1 --false-alarm-rate 0.1 --options steps=2 --options width=16"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with `parts`: 20 normal images."""
    for number, part in enumerate(tiny_parts(20)):
        write_image(tmp_path / f"parts/{number}.png", part)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEWATCH_STORE", raising=False)
    return tmp_path


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    linewatch_train(monkeypatch, *shlex.split(command))


def test_search_prints_the_fit_to_run_and_draws_its_trials(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(f"search parts --stream line {TINY} --tune latent --trials 2 --seed 3 --json", monkeypatch)
    found = json.loads(capsys.readouterr().out)
    assert len(found["trials"]) == 2
    assert found["defaults_auroc"] == found["trials"][0]["auroc"]
    assert (here / found["figure"]).read_bytes().startswith(b"\x89PNG")
    assert (here / found["storage"]).is_file()
    program, *arguments = shlex.split(found["fit"])
    assert program == "linewatch-train"
    fit = LinewatchTrain(_cli_parse_args=arguments).fit
    assert fit is not None
    assert (fit.stream, fit.autoencoder, fit.seed, fit.image_size) == ("line", "dense", 3, "32")
    assert fit.options == {
        "steps": "2",
        "width": "16",
        "epochs": "1",
        "latent": str(found["best"]["options"]["latent"]),
    }


def test_search_prints_several_values_of_an_option_as_fit_takes_them() -> None:
    search = LinewatchTrain(_cli_parse_args=["search", "parts", "--stream", "line", "--speed", "accurate"]).search
    assert search is not None
    request = search.trials_request(QUIET)
    fits = Trials(request, "", SPEC, share_of(tiny_parts(1), tiny_parts(1)))
    _, *arguments = shlex.split(search._fit_command(fits, {"latent": 8}))
    fit = LinewatchTrain(_cli_parse_args=arguments).fit
    assert fit is not None
    assert FeatureOptions.model_validate(fit.options) == FeatureOptions.model_validate(request.options | {"latent": 8})


def test_a_backbone_is_chosen_as_fit_chooses_it(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = "--image-size 32 --epochs 1 --false-alarm-rate 0.1 --options steps=2"
    run(f"elbow parts --backbone none {small} --latents 2,4 --out {here / 'e.png'} --json", monkeypatch)
    said = capsys.readouterr()
    assert json.loads(said.out)["autoencoder"] == "conv"
    assert "without a backbone the autoencoder is conv" in said.err


def test_elbow_draws_the_error_of_each_size(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "parts/.DS_Store").touch()
    run(f"elbow parts {TINY} --latents 2,4 --json", monkeypatch)
    found = json.loads(capsys.readouterr().out)
    assert found["latents"] == [2, 4]
    assert all(error > 0 for error in found["errors"])
    assert (found["knee"], found["left_out"]) == (None, {"hidden": 1})
    assert (here / "elbow.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("search nowhere --stream line", "found no folder at nowhere"),
        ("search parts", "expected --stream, found none"),
        ("search parts --stream a/b", "expected a stream name"),
        ("search parts --stream line --autoencoder comv", "expected --autoencoder to be one of"),
        ("search parts --stream line --trials 0", "trials: input should be greater than or equal to 1"),
        ("search parts --stream line --false-alarm-rate 0.1 --options size=4", "found size='4'"),
        ("search parts --stream line --false-alarm-rate 0.1 --tune size", "expected --tune to name options"),
        ("elbow parts --latents 4", "latents: list should have at least 2 items"),
        ("elbow parts --latents 0,4", "latents.0: input should be greater than or equal to 1"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_status_2(
    command: str, sentence: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, monkeypatch)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err.strip().splitlines()[-1]
    assert not list(here.glob("*.db"))


def test_search_says_which_extra_to_install_where_optuna_is_missing(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("optuna", "training.tuning.search"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(SystemExit):
        run(f"search parts --stream line {TINY}", monkeypatch)
    assert "install linewatch[search]" in capsys.readouterr().err
    assert not list(here.glob("*.db"))
