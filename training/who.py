"""Who runs this program."""

import getpass


def user() -> str:
    """The name of the user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user without a name
        return "unknown"
