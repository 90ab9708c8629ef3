"""What a command says of mistakes: a warning, or one sentence and an exit code."""

import sys
from typing import NoReturn

from service.settings import odd_variables

FAILURE, MISUSE = 1, 2
"""Exit codes, which scripts rely on."""


def fail(why: str, exit_code: int) -> NoReturn:
    """End the process."""
    print(f"linewatch: {why}", file=sys.stderr)  # noqa: T201 - output
    sys.exit(exit_code)


def warn_of_odd_variables() -> None:
    """Print what variables look like settings and are none: for commands that do not log."""
    for sentence in odd_variables():
        print(f"linewatch: warning: {sentence}", file=sys.stderr)  # noqa: T201 - output
