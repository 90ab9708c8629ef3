"""The models that `MODELS=` may name."""

import pytest

from deploy.benchmarks.models import Model, read_models
from training.autoencoders.registry import checked_options
from training.errors import TrainingError

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def test_a_variant_has_the_options_behind_its_colon_and_its_title_is_as_given() -> None:
    title = "feature:kinds=place,stages=4+5,whitened=false"
    [plain, variant] = read_models(["feature", title])
    assert plain == Model("feature", "feature", {})
    assert (variant.title, variant.name) == (title, "feature")
    found = checked_options("feature", variant.options).model_dump()
    assert (found["kinds"], found["stages"], found["whitened"]) == (("place",), (4, 5), False)


def test_a_baseline_has_variants_with_the_options_of_feature() -> None:
    [variant] = read_models(["gaussian:stages=5"])
    assert (variant.is_baseline, variant.options) == (True, {"stages": "5"})


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("feature:kind=0", r"expected options of autoencoder feature \(.*kinds.*\), found kind='0'"),
        ("feature:kinds=near", r"found kinds.0='near'"),
        ("gaussian:latent=0", r"expected options of autoencoder feature .*found latent='0'"),
        ("feature:", "expected a variant written as"),
        ("feature:kinds=", "expected a variant written as"),
        ("features:kinds=place", "expected models among .* found features:kinds=place"),
    ],
)
def test_a_wrong_variant_is_refused_in_one_sentence(title: str, why: str) -> None:
    with pytest.raises(TrainingError, match=why):
        read_models([title])
