import signal
import subprocess
import sys
from collections.abc import Callable
from time import monotonic, sleep

import psutil
import pytest

from deploy.devtools import leash
from deploy.devtools.paths import REPOSITORY

SLEEPER = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
OWNER = """
import sys
from deploy.devtools import leash
leash.start({command!r}, output=1).wait()
"""


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "the condition did not come true in time"
        sleep(0.02)


def test_the_command_dies_when_its_owner_is_killed() -> None:
    owner = [sys.executable, "-c", OWNER.format(command=SLEEPER)]
    with subprocess.Popen(owner, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout
        command = int(process.stdout.readline())
        process.kill()
        wait_until(lambda: not _runs(command))


@pytest.mark.parametrize("status", [0, 3])
def test_the_exit_status_is_the_commands_own(status: int) -> None:
    process = leash.start([sys.executable, "-c", f"raise SystemExit({status})"], output=subprocess.DEVNULL)
    with process:
        assert process.wait(60) == status


def test_stopping_asks_the_command_to_end() -> None:
    with leash.start(SLEEPER, output=subprocess.PIPE) as process:
        assert process.stdout
        command = int(process.stdout.readline())
        assert leash.stop(process, seconds=60) == 128 + signal.SIGTERM
        assert not _runs(command)


def test_a_command_that_does_not_listen_is_killed() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER[2]
    with leash.start([sys.executable, "-c", deaf], output=subprocess.PIPE) as process:
        assert process.stdout
        command = int(process.stdout.readline())
        assert leash.stop(process, seconds=0.1) == 128 + signal.SIGKILL
        assert not _runs(command)


def _runs(pid: int) -> bool:
    """A process nobody has waited for yet has ended all the same."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
