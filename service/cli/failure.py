"""What a command says of mistakes: a warning, or one sentence and an exit code."""

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NoReturn

from pydantic_settings import SettingsError

from service.environment.sources import all_variables
from service.scoring.printable import printable
from service.settings.every import odd_variables

SERVICES = ("run", "review", "parts", "send")
"""The commands that log."""

FAILURE, MISUSE = 1, 2
"""Exit codes, which scripts rely on."""


def fail(why: str, exit_code: int, arguments: Sequence[str] = ()) -> NoReturn:
    """End the process; the last word of a service that logs JSON is JSON."""
    why = printable(why)
    print(_event(why) if _logs_json(arguments) else f"linewatch: {why}", file=sys.stderr)  # noqa: T201 - output
    sys.exit(exit_code)


def _logs_json(arguments: Sequence[str]) -> bool:
    given = " ".join(arguments).replace("=", " ")
    if not given.startswith(SERVICES):
        return False
    with suppress(SettingsError):
        return "--log-format json" in given or all_variables().get("LINEWATCH_LOG_FORMAT") == "json"
    return False


def _event(why: str) -> str:
    event = {"event": why, "level": "critical", "logger": __name__, "timestamp": datetime.now(UTC).isoformat()}
    return json.dumps(event)


def warn_of_odd_variables() -> None:
    """Print what variables look like settings and are none: for commands that do not log."""
    for sentence in odd_variables():
        print(f"linewatch: warning: {sentence}", file=sys.stderr)  # noqa: T201 - output
