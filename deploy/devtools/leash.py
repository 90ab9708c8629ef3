"""Runs a command that must not outlive the process that asked for it.

Run as a script: `python leash.py COMMAND…`, with standard input a pipe whose other end the owner holds. When
the owner goes, even by SIGKILL, the operating system closes the pipe, and the command is killed. Works on
every POSIX system and whichever thread started it, unlike Linux's parent-death signal.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO


def start(
    command: Sequence[str],
    *,
    output: IO[bytes] | int,
    errors: IO[bytes] | int | None = subprocess.STDOUT,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `command` on a leash, in a process group of its own, so that Ctrl-C reaches only its owner.

    The exit status is the command's own (128 + signal if a signal ended it). End it with `stop` or `kill`.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).resolve()), *command],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=errors,
        env=environment,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Asks the command to end (SIGTERM), kills it if it has not done so after `seconds`; its exit status."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return kill(process)


def kill(process: subprocess.Popen[bytes]) -> int:
    """Ends the command at once (SIGKILL) and waits until it is gone; its exit status."""
    # Letting go of the leash, not a signal to the group: this way our wait covers the command itself.
    if process.stdin is not None:
        process.stdin.close()
    return process.wait()


def main(command: list[str]) -> int:
    # A handler, unlike SIG_IGN, is not inherited: the command still sees the signal its group is sent.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:
        threading.Thread(target=_kill_when_the_owner_goes, args=(child,), daemon=True).start()
        status = child.wait()
    return status if status >= 0 else 128 - status


def _kill_when_the_owner_goes(child: subprocess.Popen[bytes]) -> None:
    os.read(sys.stdin.fileno(), 1)  # returns only at the end of the pipe: the owner never writes
    child.kill()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
