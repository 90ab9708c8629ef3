"""Where the base image comes from."""

from pathlib import Path

import pytest

from deploy.containers.base import default_base, provide
from deploy.containers.engine import Engine
from deploy.devtools.errors import ContainerError


def _engine(folder: Path, script: str) -> Engine:
    """A container engine made of a shell script, which sees the engine's arguments."""
    program = folder / "engine"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Engine(str(program))


def test_the_default_is_what_the_dockerfile_says(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("# comment\nARG BASE=python:3\nFROM ${BASE}\n")
    assert default_base(dockerfile) == "python:3"


def test_a_dockerfile_without_a_default_is_a_clear_error(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM debian\n")
    with pytest.raises(ContainerError, match=r"expected a line ARG BASE=… in .*Dockerfile, found none"):
        default_base(dockerfile)


def test_an_image_that_can_be_pulled_is_taken(tmp_path: Path) -> None:
    assert provide(_engine(tmp_path, '[ "$1" = pull ]'), "python:3") == "python:3"


def test_without_registry_a_base_image_made_before_is_taken(tmp_path: Path) -> None:
    engine = _engine(tmp_path, 'case "$*" in "image inspect localhost/linewatch-base:"*) exit 0;; esac; exit 1')
    assert provide(engine, "python:3") == "localhost/linewatch-base:bookworm"


def test_without_registry_and_mmdebstrap_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _engine(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ContainerError, match="pass BASE=<image with python3 and python3-venv>"):
        provide(engine, "python:3")
