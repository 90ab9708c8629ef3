"""Base class and helpers of the subcommands of `linewatch-train`."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from service.scoring.bundle import Bundle, BundleStore
from service.scoring.named_bundle import named_bundle
from service.scoring.printable import all_printable
from training.bundles.files import not_written
from training.errors import TrainingError


class Command(BaseModel):
    """A subcommand: its fields are the arguments, `cli_cmd` runs it."""

    model_config = ConfigDict(populate_by_name=True)

    store: Path | None = Field(default=None, description="Folder of bundles; else LINEWATCH_STORE, else ./bundles.")
    json_output: bool = Field(default=False, alias="json", description="Print results as JSON.")

    def bundle_store(self) -> BundleStore:
        """The store that the arguments, else the environment name."""
        return BundleStore(self.store or Path(os.environ.get("LINEWATCH_STORE") or "bundles"))

    def named_bundle(self, name: str, stream: str | None = None) -> Bundle:
        """The bundle that a name means: a stream, the start of an id or a folder; see `service.scoring.named_bundle`.

        Raises:
            BundleError: if there is none, or it cannot be used.
        """
        return named_bundle(self.bundle_store(), name, stream)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(all_printable(value)) + "\n")


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Context for imports that need an extra of the package.

    Raises:
        TrainingError: if one of them is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"expected the package {error.name} for this command, found none; install linewatch[{extra}]"
        ) from error


def check_out(path: Path) -> None:
    """Check that a file can be written where the user wants it, before long work.

    Raises:
        TrainingError: if there is no such folder.
    """
    if not path.absolute().parent.is_dir():
        raise TrainingError(f"expected to write {path}, found no folder {path.parent}; make it, or give another --out")


def write_file(path: Path, content: bytes) -> None:
    """Write a file that the user named.

    Raises:
        TrainingError: if it cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise not_written(path, error) from error
