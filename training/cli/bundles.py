"""`linewatch-train list`, `promote`, `rollback`, `challenge` and `withdraw`: bundles and their roles."""

import sys

from pydantic import Field
from pydantic_settings import CliPositionalArg

from service.scoring.named_bundle import NAMING, named_id
from training.bundles import roles
from training.bundles.history import Change
from training.bundles.listing import rows
from training.cli.base import Command, print_json
from training.cli.tables import results, show_lines, show_rows
from training.pipelines.promote import promote


class PromoteCommand(Command):
    """Make a bundle its stream's champion; the service loads it within seconds."""

    stream: CliPositionalArg[str] = Field(description="The stream.")
    bundle: CliPositionalArg[str] = Field(description=f"Of this stream. {NAMING}")
    force: str | None = Field(
        default=None,
        min_length=1,
        description="Promote in spite of a missing or unfavourable backtest; this REASON goes to the history.",
    )

    def cli_cmd(self) -> None:
        store = self.bundle_store()
        chosen = named_id(store, self.bundle, self.stream)
        change = promote(store, self.stream, chosen, force=self.force)
        _print_change(self.stream, change, chosen, as_json=self.json_output)


class RollbackCommand(Command):
    """Make the previous champion the champion again; repeated, it goes one further back."""

    stream: CliPositionalArg[str] = Field(description="The stream.")

    def cli_cmd(self) -> None:
        change = roles.rollback(self.bundle_store(), self.stream)
        _print_change(self.stream, change, change.bundle, as_json=self.json_output)


class ChallengeCommand(Command):
    """Make a bundle the challenger: scored in the champion's shadow, it decides nothing."""

    stream: CliPositionalArg[str] = Field(description="The stream.")
    bundle: CliPositionalArg[str] = Field(description=f"Of this stream. {NAMING}")

    def cli_cmd(self) -> None:
        store = self.bundle_store()
        chosen = named_id(store, self.bundle, self.stream)
        change = roles.challenge(store, self.stream, chosen)
        if self.json_output:
            previous = change.previous if change else chosen
            print_json({"stream": self.stream, "challenger": chosen, "previous": previous})
        else:
            now = "is now" if change else "already is"
            sys.stdout.write(f"bundle {chosen} {now} the challenger of stream {self.stream}\n")


class WithdrawCommand(Command):
    """Remove the challenger: no bundle is scored in the champion's shadow any more."""

    stream: CliPositionalArg[str] = Field(description="The stream.")

    def cli_cmd(self) -> None:
        change = roles.withdraw(self.bundle_store(), self.stream)
        if self.json_output:
            print_json({"stream": self.stream, "challenger": None, "previous": change.previous})
        else:
            sys.stdout.write(f"bundle {change.previous} is no longer the challenger of stream {self.stream}\n")


class ListCommand(Command):
    """Show the bundles in the store, and which is champion."""

    stream: str | None = Field(default=None, description="Only this stream.")

    def cli_cmd(self) -> None:
        store = self.bundle_store()
        found = rows(store, self.stream)
        if self.json_output:
            print_json([row.model_dump(mode="json") for row in found])
        elif found:
            show_rows(found, results())
        else:
            show_lines([f"no bundle in {store.root}: fit one with linewatch-train fit, or check --store"], results())


def _print_change(stream: str, change: Change | None, bundle: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"stream": stream, "champion": bundle, "previous": change.previous if change else bundle})
    elif change is None:
        sys.stdout.write(f"bundle {bundle} is the champion of stream {stream} already\n")
    else:
        sys.stdout.write(f"bundle {bundle} is now the champion of stream {stream}, in place of {change.previous}\n")
