"""The command `linewatch`: its subcommands, and how their errors end it."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, cast

from pydantic import Field, ValidationError, create_model
from pydantic_settings import BaseSettings, CliApp, CliSubCommand, SettingsConfigDict, SettingsError, get_subcommand

from service.cli.failure import FAILURE, MISUSE, fail
from service.cli.uncollected import uncollected
from service.environment.explain import explain
from service.errors import Failure
from service.scoring.printable import print_anything
from service.settings.every import Settings

COMMANDS = {
    "run": ("Run", "score images from Kafka until stopped"),
    "review": ("Review", "serve the page where people review parts"),
    "parts": ("Parts", "publish one verdict for each part that several cameras see"),
    "score": ("Score", "score image files or folders, without Kafka"),
    "check": ("Check", "verify a bundle as the service would"),
    "settings": ("ShowSettings", "print every setting and what it means"),
    "topics": ("Topics", "create the topics that are not there yet"),
    "send": ("Send", "send image files to Kafka, each exactly once"),
    "size": ("SizePlant", "work out cores and bandwidth for so many cameras"),
    "skip": ("Skip", "give up a record that no broker can send"),
    "follow": ("Follow", "print verdicts as they come, or send them to a webhook"),
    "escapes": ("Escapes", "estimate how many defects pass, from audits and reviews"),
}
"""Command -> its class, in the file of the same name (`show_settings` for `settings`), and what it does."""


class _Linewatch(BaseSettings):
    """Anomaly detection for production lines: scores inspection images from Kafka."""

    model_config = SettingsConfigDict(
        cli_prog_name="linewatch",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
    )

    def cli_cmd(self) -> None:
        if get_subcommand(self, is_required=False) is None:
            raise SettingsError("expected a command, found none; linewatch --help lists them")
        CliApp.run_subcommand(self)


def _program(arguments: Sequence[str]) -> type[_Linewatch]:
    """The command line, with all commands only where they are all needed: to import one takes up to half a second."""
    named = [name for name in arguments[:1] if name in COMMANDS]
    fields, subcommand = dict[str, Any](), cast("Any", CliSubCommand)  # its class is known at run time alone
    for name in named or COMMANDS:
        command, description = COMMANDS[name]
        with uncollected():
            module = import_module(f"service.cli.{'show_settings' if name == 'settings' else name}")
        fields[name] = (subcommand[getattr(module, command)], Field(description=description))
    return create_model("Linewatch", __base__=_Linewatch, __doc__=_Linewatch.__doc__, **fields)


def run_program(arguments: list[str]) -> None:
    """Run the command line; an error ends with one sentence and a non-zero exit code."""
    print_anything()
    try:
        CliApp.run(_program(arguments), cli_args=arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output ended first, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        sys.exit(FAILURE)
    except Failure as error:
        fail(str(error), error.exit_code, arguments)
    except OSError as error:
        fail(f"expected files that can be read and written, found: {str(error)[:300]}", FAILURE, arguments)
    except ValidationError as error:
        fail(explain(error, Settings, arguments), MISUSE, arguments)
    except SettingsError as error:
        fail(" ".join(str(error).split()), MISUSE, arguments)
    except KeyboardInterrupt:
        sys.exit(130)
