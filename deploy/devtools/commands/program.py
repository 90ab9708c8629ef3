"""Running any of Linewatch's commands: its path, its environment, the last lines that it printed."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.devtools.errors import DemoError

LINES_SHOWN = 20


def program(name: str) -> str:
    """The path of a command that is installed next to the running Python.

    Raises:
        DemoError: if it is not there.
    """
    path = Path(sys.executable).parent / name
    if not path.is_file():
        raise DemoError(f"Expected the command {name} next to {sys.executable}, found none: install Linewatch there.")
    return str(path)


def merged(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process, with these variables added or in place of its own."""
    return {**os.environ, **environment}


def with_last_lines(sentence: str, text: str) -> str:
    """A message that ends with the last lines of a command's output."""
    return "\n".join([f"{sentence}; its last lines:", *text.splitlines()[-LINES_SHOWN:]])
