"""The command `linewatch-train`."""

import sys
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, CliApp, CliSubCommand, SettingsConfigDict, SettingsError

from service.environment.explain import explain
from service.record.errors import StreamError
from service.record.image_archive import ArchiveError
from service.scoring.bundle import BundleError
from service.scoring.image import ImageRejected
from service.scoring.printable import print_anything, printable
from service.settings.every import Settings
from service.settings.record import ArchiveSettings, InspectionSettings
from training.cli.backtest import BacktestCommand
from training.cli.bundles import ChallengeCommand, ListCommand, PromoteCommand, RollbackCommand, WithdrawCommand
from training.cli.evaluate import EvaluateCommand
from training.cli.export import ExportCommand
from training.cli.fit import FitCommand
from training.cli.latents import DecodeCommand, EncodeCommand, NeighboursCommand
from training.cli.pictures import GenerateCommand, RestoreCommand
from training.cli.region import RegionCommand
from training.cli.retraining import CollectCommand, RecalibrateCommand, RetrainCommand
from training.cli.tuning import ElbowCommand, SearchCommand
from training.errors import TrainingError

MISUSE = 2
INTERRUPTED = 130


class LinewatchTrain(BaseSettings):
    """Fits autoencoders on normal images and keeps the store of bundles."""

    model_config = SettingsConfigDict(
        cli_prog_name="linewatch-train",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        cli_use_class_docs_for_groups=True,
    )

    fit: CliSubCommand[FitCommand]
    region: CliSubCommand[RegionCommand]
    evaluate: CliSubCommand[EvaluateCommand]
    list: CliSubCommand[ListCommand]
    backtest: CliSubCommand[BacktestCommand]
    collect: CliSubCommand[CollectCommand]
    retrain: CliSubCommand[RetrainCommand]
    recalibrate: CliSubCommand[RecalibrateCommand]
    challenge: CliSubCommand[ChallengeCommand]
    withdraw: CliSubCommand[WithdrawCommand]
    promote: CliSubCommand[PromoteCommand]
    rollback: CliSubCommand[RollbackCommand]
    encode: CliSubCommand[EncodeCommand]
    decode: CliSubCommand[DecodeCommand]
    restore: CliSubCommand[RestoreCommand]
    generate: CliSubCommand[GenerateCommand]
    neighbours: CliSubCommand[NeighboursCommand]
    export: CliSubCommand[ExportCommand]
    search: CliSubCommand[SearchCommand]
    elbow: CliSubCommand[ElbowCommand]

    def cli_cmd(self) -> None:
        CliApp.run_subcommand(self)


def main() -> None:
    """Run the command line; a user's mistake ends with one sentence and exit status 2."""
    print_anything()
    try:
        CliApp.run(LinewatchTrain, cli_args=[_short(argument) for argument in sys.argv[1:]])
    except (TrainingError, BundleError, StreamError, ArchiveError, ImageRejected) as error:
        _refuse(str(error))
    except OSError as error:
        what = f" of {error.filename}" if error.filename else ""
        _refuse(f"expected files that can be read and written, found{what}: {error.strerror or error}; check them")
    except SettingsError as error:
        if "unpack" in str(error):  # a mapping without an equals sign
            _refuse("expected options as --options name=value, found one without =; see --help")
        _refuse(str(error))
    except ValidationError as error:
        if error.title in (ArchiveSettings.__name__, InspectionSettings.__name__):
            _refuse(explain(error, Settings, []))
        _refuse("; ".join(_explain(each["loc"], each["msg"], each["input"]) for each in error.errors()))
    except KeyboardInterrupt:
        sys.stderr.write("linewatch-train: interrupted; nothing half-done is left\n")
        sys.exit(INTERRUPTED)


def _short(argument: str) -> str:
    """`--n 16` is `-n 16`, as options of one letter are declared."""
    return argument[1:] if argument == "--n" or argument.startswith("--n=") else argument


def _explain(location: tuple[int | str, ...], message: str, found: Any) -> str:
    """One clause: which argument, what was expected, what was found."""
    names = [str(part).replace("_", "-") for part in location[1:]]  # the first part is the subcommand
    if message == "Field required":
        return f"expected {f'--{names[0]}' if names else 'a command'}, found none; see --help"
    return f"{'.'.join(names) or 'command line'}: {message[0].lower()}{message[1:]}, found {found!r}"


def _refuse(why: str) -> None:
    sys.stderr.write(f"linewatch-train: {printable(why)}\n")
    sys.exit(MISUSE)
