import pkgutil
import subprocess
import sys

import pytest

import training.autoencoders
from training.autoencoders.registry import check_name, find, names
from training.errors import TrainingError


def test_every_module_of_the_package_but_its_foundations_is_registered() -> None:
    modules = {module.name for module in pkgutil.iter_modules(training.autoencoders.__path__) if not module.ispkg}
    assert names() == sorted(modules - {"base", "registry", "scoring_graph"})


def test_every_name_has_its_class() -> None:
    for name in names():
        assert find(name).__module__ == f"training.autoencoders.{name}"


def test_an_unknown_one_is_refused_with_those_there_are() -> None:
    with pytest.raises(TrainingError, match=r"one of .*conv.*found 'comv'"):
        check_name("comv")


def test_naming_them_does_not_load_tensorflow() -> None:
    code = "import sys; from training.cli.main import main; assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
