import pytest

from training.autoencoders.components.backbones import pretrained_weights
from training.autoencoders.components.backbones.pretrained_weights import imagenet_weights
from training.errors import TrainingError


def test_a_missing_weights_package_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained_weights, "PACKAGE", "no_such_package")
    with pytest.raises(TrainingError, match="expected the package no-such-package"):
        imagenet_weights()


def test_other_weights_than_those_known_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained_weights, "SHA256", "0" * 64)
    with pytest.raises(TrainingError, match="install its package again"):
        imagenet_weights()
