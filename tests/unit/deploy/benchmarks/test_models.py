"""The models that `MODELS=` may name."""

import pytest

from deploy.benchmarks.models import Model, read_models
from training.autoencoders.components.speeds import SPEEDS
from training.autoencoders.registry import checked_options
from training.errors import TrainingError

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def test_a_variant_has_the_options_behind_its_colon_and_its_title_is_as_given() -> None:
    title = "feature:maps=place4+place5,whitened=false"
    [plain, variant] = read_models(["feature", title])
    assert plain == Model("feature", "feature", {})
    assert (variant.title, variant.name) == (title, "feature")
    found = checked_options("feature", variant.options).model_dump()
    assert (found["maps"], found["whitened"]) == (("place4", "place5"), False)


def test_a_speed_brings_its_options_and_image_size() -> None:
    [fast, baseline] = read_models(["feature:speed=fast,rank=5", "gaussian:speed=fast"])
    assert fast.options == {**SPEEDS["fast"].options, "rank": "5"}
    assert fast.title == "feature:speed=fast,rank=5"
    assert baseline.options == SPEEDS["fast"].options


def test_a_baseline_has_variants_with_the_options_of_feature() -> None:
    [variant] = read_models(["gaussian:maps=place5"])
    assert (variant.is_baseline, variant.options) == (True, {"maps": "place5"})


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("feature:map=0", r"expected options of autoencoder feature \(.*maps.*\), found map='0'"),
        ("feature:maps=near4", r"found maps.0='near4'"),
        ("gaussian:latent=0", r"expected options of autoencoder feature .*found latent='0'"),
        ("feature:speed=slow", "expected a speed of fast, balanced, accurate, found slow"),
        ("conv:speed=fast", "expected --speed with the autoencoder feature alone, found --autoencoder conv"),
        ("feature:", "expected a variant written as"),
        ("feature:maps=", "expected a variant written as"),
        ("features:maps=place4", "expected models among .* found features:maps=place4"),
    ],
)
def test_a_wrong_variant_is_refused_in_one_sentence(title: str, why: str) -> None:
    with pytest.raises(TrainingError, match=why):
        read_models([title])
