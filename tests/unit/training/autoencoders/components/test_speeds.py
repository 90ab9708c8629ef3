"""The presets of `--speed`."""

from typing import cast, get_args

import pytest

from training.autoencoders.components.feature_options import FeatureOptions
from training.autoencoders.components.speeds import SPEEDS, Preset, Speed, preset
from training.errors import TrainingError


def test_every_speed_is_a_choice_of_options_that_feature_has() -> None:
    assert tuple(SPEEDS) == get_args(Speed)
    for each in SPEEDS.values():
        FeatureOptions.model_validate(each.options)


def test_balanced_is_the_default() -> None:
    assert FeatureOptions.model_validate(SPEEDS["balanced"].options) == FeatureOptions()


def test_all_name_the_same_options() -> None:
    assert len({tuple(sorted(each.options)) for each in SPEEDS.values()}) == 1


def test_what_is_given_wins_over_the_preset() -> None:
    found = Preset({"rank": 4, "maps": ("place4",)})
    assert found.completed({"maps": "place5", "epochs": 3}) == {"rank": 4, "maps": "place5", "epochs": 3}


def test_without_a_speed_nothing_is_chosen_for_any_autoencoder() -> None:
    assert preset(None, "conv").completed({"width": 8}) == {"width": 8}


def test_an_autoencoder_without_this_choice_is_refused_in_one_sentence() -> None:
    with pytest.raises(TrainingError, match=r"expected --speed with the autoencoder feature alone, found .* conv;"):
        preset("fast", "conv")


def test_an_unknown_speed_is_refused_by_name() -> None:
    with pytest.raises(TrainingError, match="expected a speed of fast, balanced, accurate, found slow"):
        preset(cast("Speed", "slow"), "feature")
