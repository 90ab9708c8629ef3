"""`python -m deploy.faults.driver FOLDER ARGUMENTS…`: runs `linewatch ARGUMENTS`, and has faults happen in it.

When the file FOLDER/armed appears it is read, and removed: rules such as `fail@flush:3 kill@rewind:1`, one after the
other. What happens is first noted in FOLDER/fired. The timeouts of the group are shortened, so that a
fault run needs not wait for minutes; all else is as in production.
"""

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import KafkaTimeoutError

from deploy.faults.failpoints import FAILPOINTS, Action, Failpoint, Rule

ARMED, FIRED, PID = "armed", "fired", "pid"
SESSION_SECONDS = 6.0
"""In place of 15: how soon the group notices a member that is gone."""
POLL_SECONDS = 12.0
"""In place of 300: how long a member may go without polling."""

_SIGNALS = {Action.KILL: signal.SIGKILL, Action.STOP: signal.SIGTERM, Action.FREEZE: signal.SIGSTOP}


class Trigger:
    """Counts the calls of failpoints while a rule is armed, and has its action happen."""

    def __init__(self, folder: Path) -> None:
        self._armed, self._fired = folder / ARMED, folder / FIRED
        self._lock = threading.RLock()  # the garbage collector may close a producer, and so come by, while it is held
        self._rules: list[Rule] = []
        self._calls = 0

    def reached(self, point: str) -> None:
        """A step was reached, in any thread."""
        rule = self._due(point)
        if rule is None:
            return
        with self._fired.open("a") as fired:
            fired.write(f"{rule}\n")
        if rule.action is Action.FAIL:
            raise KafkaTimeoutError(f"a fault run has this fail: {rule}")
        if rule.action is Action.STALL:
            time.sleep(rule.seconds)
        else:
            os.kill(os.getpid(), _SIGNALS[rule.action])

    def _due(self, point: str) -> Rule | None:
        with self._lock:
            self._look()
            if not self._rules or self._rules[0].point != point:
                return None
            self._calls += 1
            if self._calls < self._rules[0].call:
                return None
            self._calls = 0
            return self._rules.pop(0)

    def _look(self) -> None:
        with suppress(FileNotFoundError):
            text = self._armed.read_text()
            self._armed.unlink()
            self._rules, self._calls = [Rule.parse(each) for each in text.split()], 0


def wrap(failpoint: Failpoint, trigger: Trigger) -> None:
    """Put a failpoint before or after a method; a call that returns nothing to do, such as an empty poll, is none."""
    owner, name = failpoint.owner()
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        if failpoint.when == "before":
            trigger.reached(failpoint.name)
            return original(*arguments, **options)
        result = original(*arguments, **options)
        if result != {}:
            trigger.reached(failpoint.name)
        return result

    setattr(owner, name, wrapped)


def shorten_timeouts() -> None:
    """Have the group notice soon what would take minutes."""
    clients = import_module("service.record.clients")
    if not hasattr(clients, "SESSION_TIMEOUT_MS"):
        raise AttributeError("expected SESSION_TIMEOUT_MS in service.record.clients, found none; correct this driver")
    setattr(clients, "SESSION_TIMEOUT_MS", round(1000 * SESSION_SECONDS))  # noqa: B010 - a name of another package
    KafkaConsumer.DEFAULT_CONFIG["max_poll_interval_ms"] = round(1000 * POLL_SECONDS)


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0])
    (folder / PID).write_text(str(os.getpid()))
    shorten_timeouts()
    trigger = Trigger(folder)
    for failpoint in FAILPOINTS:
        wrap(failpoint, trigger)
    (linewatch,) = entry_points(group="console_scripts", name="linewatch")
    linewatch.load()(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
