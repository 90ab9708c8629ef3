"""The map of the code names every package and every layer; that its paths are there is tested with the links."""

import re
import tomllib

from deploy.devtools.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text()
NAMED = set(re.findall(r"`((?:service|training|deploy|tests)/[^`\s]*)`", PAGE))


def test_every_package_is_named() -> None:
    packages = {
        f"{init.parent.relative_to(REPOSITORY)}/"
        for source in ("service", "training", "deploy")
        for init in (REPOSITORY / source).rglob("__init__.py")
    }
    assert sorted(packages - {"service/", "training/"} - NAMED) == []


def test_the_layers_are_those_of_the_import_contracts() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {each["containers"][0]: each["layers"] for each in contracts if "containers" in each}
    assert [each for each in [*layers["service"], *layers["training"]] if each not in PAGE] == []
