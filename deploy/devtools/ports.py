"""Free TCP ports on this machine."""

import random
import socket

# Below every usual range of ephemeral ports: there, a client that keeps dialling a stopped broker can be given
# the broker's own port as its local end, connect to itself, and keep the broker from coming back.
FIRST, LAST = 20_000, 32_000
ATTEMPTS = 200


def free_port() -> int:
    """A TCP port of localhost that is free now.

    Raises:
        OSError: none was found.
    """
    for port in random.SystemRandom().choices(range(FIRST, LAST), k=ATTEMPTS):
        if is_free(port):
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
