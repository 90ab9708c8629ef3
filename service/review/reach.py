"""When the review page needs a token; stands on nothing, so that a setting can be refused before anything is loaded."""

from ipaddress import ip_address

SHORTEST_TOKEN = 16
"""A token of random characters this long cannot be guessed."""


def is_this_machine(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
