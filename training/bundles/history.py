"""History of a stream's champion and challenger: who changed what, when and why."""

import getpass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from service.scoring.bundle import BundleStore
from training.bundles.files import not_written, sync
from training.errors import TrainingError

HISTORY = "champion.history.jsonl"

Action = Literal["first", "promote", "rollback", "challenge", "withdraw"]
"""The first three make a champion, the others a challenger or none."""


class Change(BaseModel):
    """One line of the history: when, which bundle, which role, who, why, and the bundle before it."""

    at: datetime
    bundle: str
    previous: str | None
    action: Action
    by: str
    backtest: str | None = None
    """Of a promotion: the SHA-256 of the backtest that spoke for it, or against it if it was forced."""
    forced: str | None = None
    """Of a promotion that was forced: the reason given."""
    why: str | None = None
    """Of a challenge: the reason for it."""


def history(store: BundleStore, stream: str) -> list[Change]:
    """All changes of a stream's champion and challenger, oldest first.

    Raises:
        TrainingError: if the history cannot be read.
    """
    file = store.folder(stream) / HISTORY
    try:
        return [Change.model_validate_json(line) for line in file.read_bytes().splitlines() if line]
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"expected the history of stream {stream!r} in {file}, a change in JSON a line, found none; "
            "correct it, or move it away"
        ) from error


def check_history(store: BundleStore, stream: str) -> None:
    """Check that a change can be recorded, before it is made.

    Raises:
        TrainingError: if not.
    """
    file = store.folder(stream) / HISTORY
    try:
        with file.open("a"):
            pass
    except OSError as error:
        raise not_written(file, error) from error


def line_of_champions(changes: list[Change], present: str | None) -> list[str]:
    """The champions in the order they would be rolled back through, the present one last."""
    line: list[str] = []
    for change in changes:
        if change.action in ("challenge", "withdraw"):
            continue
        if change.action == "rollback" and change.bundle in line[:-1]:
            line.pop()
        elif line[-1:] != [change.bundle]:
            if change.action == "promote" and change.previous is not None and line[-1:] != [change.previous]:
                line.append(change.previous)  # set by hand
            line.append(change.bundle)
    if present is not None and line[-1:] != [present]:
        line.append(present)  # set by hand, or the machine stopped before the history was written
    return line


def record(
    store: BundleStore, stream: str, action: Action, bundle: str, previous: str | None, **details: Any
) -> Change:
    """Append a change made now, by the present user, to a stream's history; `details` are further fields of Change.

    Raises:
        TrainingError: if it cannot be written.
    """
    change = Change(at=datetime.now(UTC), by=user(), action=action, bundle=bundle, previous=previous, **details)
    file = store.folder(stream) / HISTORY
    try:
        with file.open("a") as lines:
            lines.write(change.model_dump_json() + "\n")
        sync(file)
    except OSError as error:
        raise not_written(file, error) from error
    return change


def user() -> str:
    """The name of the present user, `unknown` without one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user without a name
        return "unknown"
