"""Errors that end a command: one sentence for people, and an exit code. Imports nothing, as every command needs it."""


class Failure(Exception):  # noqa: N818 - what every command ends on
    """An error whose message is one sentence for people."""

    exit_code = 1


class Misuse(Failure):
    """A failure that is a mistake in settings or arguments."""

    exit_code = 2
