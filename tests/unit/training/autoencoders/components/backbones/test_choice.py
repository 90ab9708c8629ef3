from typing import get_args

import pytest

from training.autoencoders.components.backbones import choice
from training.autoencoders.components.backbones.choice import Application, choose
from training.errors import TrainingError


def test_with_the_weights_there_is_nothing_to_say() -> None:
    found = choose("feature", {"epochs": 3}, None)
    assert (found.autoencoder, found.options, found.note) == ("feature", {"epochs": 3}, "")


def test_a_random_backbone_is_fitted_and_its_cost_is_said() -> None:
    found = choose("feature", {}, "random")
    assert (found.autoencoder, found.options) == ("feature", {"backbone": "random"})
    assert "far fewer defects" in found.note


def test_without_a_backbone_pixels_are_reproduced_and_the_cost_is_said() -> None:
    found = choose("feature", {"epochs": 3}, "none")
    assert (found.autoencoder, found.options) == ("conv", {"epochs": 3})
    assert "far fewer defects" in found.note


def test_without_the_weights_package_training_still_works_and_says_what_it_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice, "PACKAGE", "no_such_package")
    found = choose("feature", {}, None)
    assert found.options == {"backbone": "random"}
    assert "no-such-package is missing" in found.note
    assert "far fewer defects" in found.note


@pytest.mark.parametrize("name", get_args(Application))
def test_another_network_is_fitted_by_its_name_and_is_an_option_of_the_autoencoder(name: Application) -> None:
    found = choose("feature", {"epochs": 3}, name)
    assert (found.autoencoder, found.options, found.note) == ("feature", {"epochs": 3, "backbone": name}, "")


def test_what_was_asked_for_by_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "PACKAGE", "no_such_package")
    assert choose("conv", {}, None).note == ""
    assert choose("feature", {"backbone": "imagenet"}, None).options == {"backbone": "imagenet"}
    assert choose("feature", {}, "imagenet").options == {}


@pytest.mark.parametrize(
    ("autoencoder", "options", "found"),
    [("conv", {}, "found --autoencoder conv"), ("feature", {"backbone": "random"}, "found --options backbone=")],
)
def test_a_backbone_that_would_change_nothing_is_refused(autoencoder: str, options: dict[str, str], found: str) -> None:
    with pytest.raises(TrainingError, match=f"expected --backbone with the autoencoder feature alone, .*{found}"):
        choose(autoencoder, options, "none")
