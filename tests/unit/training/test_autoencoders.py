import subprocess
import sys

import pytest

from training.autoencoders import check_name, find, names
from training.errors import TrainingError


def test_every_module_but_the_contract_is_an_autoencoder() -> None:
    assert "conv" in names()
    assert "base" not in names()
    for name in names():
        assert find(name).__module__ == f"training.autoencoders.{name}"


def test_an_unknown_one_is_refused_with_those_there_are() -> None:
    with pytest.raises(TrainingError, match=r"one of .*conv.*found 'comv'"):
        check_name("comv")


def test_naming_them_does_not_load_tensorflow() -> None:
    code = "import sys; from training.cli import main; assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
