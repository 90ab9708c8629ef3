"""Free TCP ports on this machine."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

# Below every usual range of ephemeral ports: there, a client that keeps dialling a stopped broker can be given
# the broker's own port as its local end, connect to itself, and keep the broker from coming back.
FIRST, LAST = 20_000, 32_000
ATTEMPTS = 200


def free_port() -> int:
    """A TCP port of localhost that is free now, and that no other call on this machine was given lately.

    A port is free until its server listens, which may be seconds after it was picked. So all processes of a user take
    turns through one locked file: a port comes round again only after all others.

    Raises:
        OSError: none was found.
    """
    with _turns().open("a+") as turns:
        fcntl.flock(turns, fcntl.LOCK_EX)
        turns.seek(0)
        last = int(turns.read() or LAST)
        for port in (FIRST + (last - FIRST + step) % (LAST - FIRST) for step in range(1, ATTEMPTS + 1)):
            if is_free(port):
                turns.truncate(0)
                turns.write(str(port))
                return port
    raise OSError(f"Expected a free TCP port between {FIRST} and {LAST}, found none in {ATTEMPTS} attempts.")


def is_free(port: int) -> bool:
    """Whether a server could listen on that TCP port of localhost now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except OSError:
            return False
    return True


def _turns() -> Path:
    return Path(tempfile.gettempdir()) / f"linewatch-ports-{os.getuid()}"
