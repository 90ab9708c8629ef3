"""The entry point of `linewatch`."""

import sys

from service.cli.uncollected import uncollected


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error ends with one sentence and a non-zero exit code."""
    with uncollected():
        from service.cli.program import run_program  # noqa: PLC0415 - its imports are what takes time

    run_program(sys.argv[1:] if arguments is None else arguments)
