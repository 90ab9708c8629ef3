import re
from typing import Any

import numpy as np
import pytest

from deploy.devtools.paths import REPOSITORY
from tests.support.drawn_parts import write_image
from tests.support.tiny_training import QUIET, SPEC, autoencoder_of, fit_tiny, tiny_parts
from training.autoencoders.base import Autoencoder
from training.autoencoders.registry import checked_options, find, names
from training.backend.litert import runner
from training.data.folder import find_layout
from training.data.normal_set import scan
from training.data.split import Split, split_normal_set
from training.errors import TrainingError
from training.trainer.trainer import train_graph

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

PIXEL = sorted(set(names()) - {"feature"})
"""The one of features has its own tests, with its own needs."""

TINY: dict[str, Any] = {"epochs": 2, "steps": 10, "batch_size": 8}
NEEDS: dict[str, dict[str, Any]] = {"unet": {"steps": 30, "cell": 4}}
"""It learns from a quarter of each image at a time, and cells should not be larger than what is to be found."""

PRESETS = [("conv", "stride2-10"), ("dense", "784-128-64-32"), ("denoising", "784-256-128-64")]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Split:
    folder = tmp_path_factory.mktemp("parts")
    for number, part in enumerate(tiny_parts(24)):
        write_image(folder / f"{number}.png", part)
    return split_normal_set(scan(find_layout(folder), QUIET).images, 0.2, seed=0)


@pytest.mark.parametrize("name", PIXEL)
def test_each_learns_exports_and_finds_a_defect(name: str, parts: Split) -> None:
    learned = train_graph(
        autoencoder_of(name, TINY | NEEDS.get(name, {})), parts, 0, QUIET
    )  # checks that LiteRT agrees
    run = runner(learned.graph)
    normal = run(tiny_parts(8, first=1000))["score"]
    found = run(tiny_parts(8, first=2000, defect="scratch"))
    assert found["score"].min() > normal.max()
    height, width = found["anomaly_map"].shape[1:]
    highest = found["anomaly_map"].reshape(8, -1).argmax(axis=1)
    assert np.all(np.abs(highest // width / height - 0.5) < 0.35)
    assert np.all(np.abs(highest % width / width - 0.5) < 0.35)
    assert (learned.code_size is None) == (name == "unet")


@pytest.mark.parametrize("name", PIXEL)
def test_the_same_seed_gives_the_same_weights(name: str) -> None:
    options = find(name).options_type.model_validate(TINY | {"epochs": 1, "steps": 2})
    first, second = (fit_tiny(find(name)(options, SPEC), tiny_parts(8), seed=1)[0].get_weights() for _ in range(2))
    for once, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_a_preset_sets_its_options_but_not_those_that_are_given(name: str, preset: str) -> None:
    options = find(name).options_type.model_validate({"preset": preset, "latent": 7})
    assert options.model_dump()["latent"] == 7
    layers = [layer.output.shape[-1] for layer in find(name)(options, SPEC).build().layers]
    for number in preset.split("-")[1:-1]:
        assert int(number) in layers


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"preset": "none-such"}, "preset='none-such': Input should be 'stride2-10'"),
        ({"preset": "stride2-10", "progressive": 1}, "progressive needs a network of convolutions alone"),
        ({"loss": "hinge"}, "Input should be 'mse', 'bce', 'ssim', 'gradient' or 'perceptual'"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TrainingError, match="expected options of autoencoder conv") as refused:
        checked_options("conv", options)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        (
            "vae",
            {"network": "dense", "code": "grid", "side": 4},
            "code and side would change nothing without",
        ),
        ("denoising", {"activation": "tanh"}, "activation would change nothing without network=dense"),
        ("contractive", {"dropout": 0.1}, "dropout=0.1: Input should be less than or equal to 0"),
        ("contractive", {"residual": True}, "residual=True: Input should be False"),
    ],
)
def test_options_that_would_change_nothing_are_refused(name: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TrainingError) as refused:
        checked_options(name, options)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", PIXEL)
def test_each_says_where_it_is_from_and_when_to_use_it(name: str) -> None:
    said = find(name).__doc__ or ""
    assert "When to use it:" in said
    assert "Fitted to minimise" in said


def test_the_guide_names_every_autoencoder() -> None:
    page = (REPOSITORY / "docs" / "autoencoders.md").read_text()
    assert [name for name in PIXEL if f"| `{name}` |" not in page] == []


def test_the_guide_names_methods_that_can_be_overridden() -> None:
    page = (REPOSITORY / "docs" / "autoencoders.md").read_text()
    named = re.findall(r"`(\w+)\([a-z, ]*\)`", page)
    assert "target" in named
    assert [name for name in named if not hasattr(Autoencoder, name)] == []
