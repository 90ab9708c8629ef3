"""The command `linewatch`: its subcommands, and how their errors end it."""

import os
import sys

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, CliApp, CliSubCommand, SettingsConfigDict, SettingsError, get_subcommand

from service.cli.check import Check
from service.cli.escapes import Escapes
from service.cli.failure import FAILURE, MISUSE, fail
from service.cli.review import Review
from service.cli.run import Run
from service.cli.score import Score
from service.cli.show_settings import ShowSettings
from service.cli.skip import Skip
from service.cli.topics import Topics
from service.environment.explain import explain
from service.record.errors import StreamError, WrongSecurity
from service.scoring.bundle import BundleError
from service.settings import Settings
from service.web.server import PortTaken


class Linewatch(BaseSettings):
    """Anomaly detection for production lines: scores inspection images from Kafka."""

    model_config = SettingsConfigDict(
        cli_prog_name="linewatch",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
    )

    run: CliSubCommand[Run] = Field(description="score images from Kafka until stopped")
    review: CliSubCommand[Review] = Field(description="serve the page where people review parts")
    score: CliSubCommand[Score] = Field(description="score image files or folders, without Kafka")
    check: CliSubCommand[Check] = Field(description="verify a bundle as the service would")
    settings: CliSubCommand[ShowSettings] = Field(description="print every setting and what it means")
    topics: CliSubCommand[Topics] = Field(description="create the topics that are not there yet")
    skip: CliSubCommand[Skip] = Field(description="give up a record that no broker can send")
    escapes: CliSubCommand[Escapes] = Field(description="estimate how many defects pass, from audits and reviews")

    def cli_cmd(self) -> None:
        if get_subcommand(self, is_required=False) is None:
            raise SettingsError("expected a command, found none; linewatch --help lists them")
        CliApp.run_subcommand(self)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error ends with one sentence and a non-zero exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        CliApp.run(Linewatch, cli_args=arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output ended first, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        sys.exit(FAILURE)
    except WrongSecurity as error:
        fail(str(error), MISUSE, arguments)
    except (BundleError, StreamError, PortTaken) as error:
        fail(str(error), FAILURE, arguments)
    except OSError as error:
        fail(f"expected files that can be read and written, found: {str(error)[:300]}", FAILURE, arguments)
    except ValidationError as error:
        fail(explain(error, Settings, arguments), MISUSE, arguments)
    except SettingsError as error:
        fail(" ".join(str(error).split()), MISUSE, arguments)
    except KeyboardInterrupt:
        sys.exit(130)
