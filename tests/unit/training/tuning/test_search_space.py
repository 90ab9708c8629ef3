from typing import ClassVar

import pytest

from training.autoencoders.base import AutoencoderOptions, Searched
from training.autoencoders.registry import find, names
from training.errors import TrainingError
from training.tuning.search_space import points, space_of


class Plain(AutoencoderOptions):
    searched: ClassVar[Searched] = {"latent": (4, 8), "kind": ("a", "b")}

    latent: int = 6
    kind: str = "b"


class Child(Plain):
    searched: ClassVar[Searched] = {"kind": ()}


def test_the_space_is_what_a_class_and_its_bases_declare_with_the_default_among_the_steps() -> None:
    assert space_of(Plain(), []) == {"learning_rate": [5e-4, 1e-3, 2e-3, 4e-3], "latent": [4, 6, 8], "kind": ["b", "a"]}
    assert "kind" not in space_of(Child(), [])
    assert space_of(Plain(latent=9, learning_rate=0.1), ["learning_rate"], ["latent"]) == {"latent": [4, 8, 9]}


def test_what_is_set_or_unknown_cannot_be_tuned() -> None:
    with pytest.raises(TrainingError, match=r"\(learning_rate, kind\), found latent"):
        space_of(Plain(), ["latent"], ["latent"])
    with pytest.raises(TrainingError, match="found all of them set"):
        space_of(Child(), ["latent", "learning_rate"])


def test_a_dense_network_has_the_steps_of_dense_networks() -> None:
    space = space_of(find("denoising").options_type.model_validate({"network": "dense"}), [])
    assert (space["width"], space["latent"]) == ([128, 256, 512], [16, 32, 64, 128])


def test_points_are_all_combinations() -> None:
    assert list(points({"a": [1, 2], "b": ["x"]})) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]


@pytest.mark.parametrize("name", names())
def test_every_step_of_every_autoencoder_is_an_option_that_it_takes(name: str) -> None:
    options_type = find(name).options_type
    space = space_of(options_type(), [])
    assert space
    for option, steps in space.items():
        for step in steps:
            assert getattr(options_type.model_validate({option: step}), option) == step
