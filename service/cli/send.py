"""`linewatch send`."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Self, TextIO

from pydantic import BaseModel, Field, model_validator
from pydantic_settings import CliPositionalArg

from service.cli.failure import FAILURE, fail
from service.cli.logged import logged
from service.scoring.manifest import StreamName
from service.scoring.printable import printable
from service.send.app import Summary, send
from service.send.capture_times import capture_time_rule
from service.send.disposal import Mode
from service.send.name_times import time_zone
from service.send.part_ids import part_id_rule
from service.send.request import SendRequest, journal_path
from service.settings.scoring import ServiceSettings

Seconds = Annotated[float, Field(ge=0.0, le=86_400.0, allow_inf_nan=False)]

PATIENCE_SECONDS = 30.0
"""Of --watch; without it a file is as it is."""


class Send(BaseModel):
    """Send image files to the topic of images, each exactly once: what is there, or with --watch what comes."""

    paths: CliPositionalArg[list[Path]] = Field(min_length=1, description="Image files, or folders of them.")
    stream: StreamName = Field(description="Which camera x product channel the images are from.")
    watch: bool = Field(default=False, description="Go on with what comes, until stopped.")
    rate: float | None = Field(
        default=None, gt=0.0, le=10_000.0, description="Images a second at most (default: as many as go)."
    )
    key: str = Field(
        default="stem",
        description="The part id: the file's name, its stem, its path below the folder, or a regular expression whose "
        "first group is the part, in the file's name.",
    )
    captured_at: str = Field(
        default="mtime",
        description="When the image was captured: the file's time (mtime), exif, now, or a pattern of strptime such as "
        "%Y%m%d_%H%M%S, in the path below the folder.",
    )
    timezone: str | None = Field(
        default=None,
        description="Of times in EXIF data and names that have no offset: one such as Europe/Berlin, +01:00, or local.",
    )
    move_to: Path | None = Field(default=None, description="Move files that were sent into this folder.")
    delete: bool = Field(default=False, description="Delete files that were sent.")
    keep: bool = Field(default=False, description="Leave files that were sent where they are (the default).")
    rejected_to: Path | None = Field(
        default=None, description="Move files that cannot be images there (default: .rejected in their folder)."
    )
    journal: Path | None = Field(
        default=None, description="File that remembers what was sent (default: beside the folder, .FOLDER.STREAM.sent)."
    )
    settle: Seconds = Field(default=1.0, description="Seconds that a file must stay as it is before it is sent.")
    patience: Seconds | None = Field(
        default=None,
        description="Seconds before a file that is not complete counts as no image (default: 30 with --watch, else 0).",
    )
    poll: float = Field(
        default=0.5, ge=0.05, le=3600.0, allow_inf_nan=False, description="Seconds between two looks at the folder."
    )
    http_host: str = Field(default="127.0.0.1", description="Address that /metrics, /live and /ready listen on.")
    http_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of those pages; 0 picks a free one (default: none are served)."
    )
    json_output: bool = Field(default=False, alias="json", description="Print the summary as JSON.")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        given = [name for name, is_given in self._ends().items() if is_given]
        if len(given) > 1:
            raise ValueError(f"expected one of --move-to, --delete and --keep, found {' and '.join(given)}; give one")
        return self

    def _ends(self) -> dict[str, bool]:
        return {"--move-to": self.move_to is not None, "--delete": self.delete, "--keep": self.keep}

    def cli_cmd(self) -> None:
        settings = ServiceSettings()
        request = self._request()
        with _terminal() as terminal, logged(settings):
            summary = send(request, settings, terminal)
        if not summary.found and not self.watch and not summary.troubles:
            given = ", ".join(map(printable, self.paths))
            fail(f"expected image files in {given}, found none; give images or folders of them", FAILURE)
        print(json.dumps(_as_json(summary)) if self.json_output else _as_text(summary))  # noqa: T201 - output
        if not (self.watch or summary.is_good):
            sys.exit(FAILURE)

    def _request(self) -> SendRequest:
        mode: Mode = "move" if self.move_to is not None else "delete" if self.delete else "keep"
        patience = self.patience if self.patience is not None else PATIENCE_SECONDS if self.watch else 0.0
        return SendRequest(
            paths=tuple(self.paths),
            stream=self.stream,
            part_id=part_id_rule(self.key),
            capture_time=capture_time_rule(self.captured_at, time_zone(self.timezone)),
            mode=mode,
            move_to=self.move_to,
            rejected_to=self.rejected_to,
            journal=journal_path(self.paths, self.stream, self.journal),
            watch=self.watch,
            rate=self.rate,
            settle_seconds=self.settle,
            patience_seconds=patience,
            poll_seconds=self.poll,
            http_host=self.http_host,
            http_port=self.http_port,
        )


@contextmanager
def _terminal() -> Iterator[TextIO]:
    """Standard error as it is now, for the progress: what is written to it later becomes events of the log."""
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", errors="backslashreplace") as terminal:
        yield terminal


def _as_json(summary: Summary) -> dict[str, object]:
    return {
        "found": summary.found,
        "already_sent": summary.already_sent,
        "sent": summary.sent,
        "rejected": summary.rejected,
        "rejected_before": summary.rejected_before,
        "left": summary.left,
        "unmoved": summary.unmoved,
        "passed_over": summary.passed_over,
        "troubles": summary.troubles,
        "stopped": summary.is_stopped,
        "seconds": round(summary.seconds, 1),
    }


def _as_text(summary: Summary) -> str:
    rejected = "".join(f", {number} not sent: {reason}" for reason, number in sorted(summary.rejected.items()))
    before = f", {summary.already_sent} sent before" if summary.already_sent else ""
    if summary.rejected_before:
        before += f", {summary.rejected_before} rejected before"
    why = "stopped before" if summary.is_stopped else "still written, or not to be read"
    left = f", {summary.left} left: {why}" if summary.left else ""
    unmoved = f", {summary.unmoved} sent but not moved or deleted" if summary.unmoved else ""
    passed = "".join(f", {number} passed over: {why}" for why, number in sorted(summary.passed_over.items()))
    troubles = "".join(f"\n{path} cannot be looked at: {why}" for path, why in summary.troubles.items())
    return f"sent {summary.sent} images{before}{rejected}{left}{unmoved}{passed}{troubles}"
