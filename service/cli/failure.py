"""How a command ends that cannot do what was asked: one sentence and an exit code."""

import sys
from typing import NoReturn

from pydantic_core import ErrorDetails

FAILURE, MISUSE = 1, 2
"""Exit codes, which scripts rely on."""


def fail(why: str, exit_code: int) -> NoReturn:
    print(f"linewatch: {why}", file=sys.stderr)  # noqa: T201 - output
    sys.exit(exit_code)


def explain(error: ErrorDetails) -> str:
    """One clause of a sentence: which setting, what was expected, what was found."""
    setting = ".".join(str(part) for part in error["loc"][1:])  # the first part is the subcommand
    if not setting:
        return error["msg"].removeprefix("Value error, ")
    return f"{setting}: {error['msg']}, found {error['input']!r}"
