"""The shape of the tree: tests mirror sources, packages hold no logic in `__init__`, and files are short."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.devtools.paths import REPOSITORY

UNIT = REPOSITORY / "tests" / "unit"
SOURCES = ("service", "training", "deploy")
MOST_LINES = 300

WITHOUT_A_SOURCE = {
    "deploy/kubernetes/test_retrain.py",  # of retrain.yaml
    "deploy/kubernetes/test_service.py",  # of service.yaml and review.yaml
    "deploy/test_compose.py",  # of compose.yaml and the Dockerfiles
    "service/review/test_hostile_messages.py",  # all of what the page reads
    "service/review/test_hostile_requests.py",  # all addresses of both pages
    "training/autoencoders/test_contract.py",  # every autoencoder against base.py
}
"""Tests of what is no single module; those of docs/ and this file are not searched."""


def test_every_unit_test_mirrors_a_source_file() -> None:
    tests = [file.relative_to(UNIT) for file in _python(*(f"tests/unit/{root}" for root in SOURCES))]
    mirrored = {test: REPOSITORY / test.parent / test.name.removeprefix("test_") for test in tests}
    assert {str(test) for test, source in mirrored.items() if not source.is_file()} == WITHOUT_A_SOURCE


@pytest.mark.parametrize("root", SOURCES)
def test_a_package_holds_its_sentence_and_nothing_else(root: str) -> None:
    for file in (REPOSITORY / root).rglob("__init__.py"):
        (statement,) = ast.parse(file.read_text()).body
        assert isinstance(statement, ast.Expr), file
        assert isinstance(statement.value, ast.Constant), file


def test_no_file_is_long() -> None:
    lines = {
        str(file.relative_to(REPOSITORY)): len(file.read_text().splitlines()) for file in _python(*SOURCES, "tests")
    }
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}


def _python(*roots: str) -> Iterator[Path]:
    return (file for root in roots for file in (REPOSITORY / root).rglob("*.py"))
