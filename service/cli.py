"""The command `linewatch`: run, review, score, check, settings, topics, escapes."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, CliApp, CliPositionalArg, CliSubCommand, SettingsConfigDict, SettingsError

from service.app import run
from service.logs import set_up_logs
from service.quality.rates import Rates
from service.quality.table import table
from service.quality.tally import read_rates
from service.record.errors import StreamError
from service.record.topics import create_topics
from service.scoring.bundle import BundleError, BundleStore, read_bundle
from service.scoring.image import IMAGE_SUFFIXES, ImageLimits, ImageRejected
from service.scoring.manifest import Calibration
from service.scoring.scorer import Scorer
from service.scoring.verdict import Verdict, judge
from service.settings import SHORTEST_TOKEN, Settings, is_loopback
from service.web.server import PortTaken

FAILURE, MISUSE = 1, 2
"""Exit codes, which scripts rely on."""


class Run(Settings):
    """Score images from Kafka until stopped."""

    def cli_cmd(self) -> None:
        set_up_logs(self.log_format, self.log_level)
        run(self)


class Review(Settings):
    """Serve the page where people review parts, until stopped."""

    @model_validator(mode="after")
    def _others_need_a_token(self) -> Self:
        token = self.review_token.get_secret_value() if self.review_token else ""
        if not is_loopback(self.review_host) and not token:
            msg = (
                f"expected a review_token, because others can reach review_host {self.review_host}, found none; "
                f"set one of at least {SHORTEST_TOKEN} characters, or review_host to 127.0.0.1"
            )
            raise ValueError(msg)
        if token and len(token) < SHORTEST_TOKEN:
            msg = f"expected a review_token of at least {SHORTEST_TOKEN} characters, found {len(token)}; lengthen it"
            raise ValueError(msg)
        return self

    def cli_cmd(self) -> None:
        missing = [name for name in ("flask_wtf", "fsspec") if find_spec(name) is None]
        if missing:
            found = " and ".join(missing)
            _fail(
                f"expected what the review page needs, found no {found}; install it: pip install 'linewatch[review]'",
                FAILURE,
            )
        from service.review.app import review  # noqa: PLC0415 - its packages are an extra

        set_up_logs(self.log_format, self.log_level)
        review(self)


class Score(BaseModel):
    """Score image files, or folders of them, without Kafka."""

    store: Path | None = Field(default=None, description="Folder of bundles (default: the setting store).")
    stream: str = Field(default="default", description="Stream whose champion scores the images.")
    json_lines: bool = Field(default=False, alias="json", description="One JSON object a line.")
    images: CliPositionalArg[list[Path]] = Field(description="Image files, or folders of them.")

    def cli_cmd(self) -> None:
        settings = Settings()
        scorer = Scorer(BundleStore(self.store or settings.store).champion(self.stream))
        limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
        found, rejected = 0, 0
        for path in _image_files(self.images):
            found += 1
            try:
                verdict = _score(scorer, path, limits)
            except (ImageRejected, OSError) as error:
                rejected += 1
                self._print_rejected(path, error)
            else:
                self._print_verdict(path, verdict)
        if not found:
            given = ", ".join(str(path) for path in self.images)
            _fail(f"expected image files in {given}, found none; give images or folders of them", FAILURE)
        if rejected:
            sys.exit(FAILURE)

    def _print_verdict(self, path: Path, verdict: Verdict) -> None:
        if self.json_lines:
            print(json.dumps({"path": str(path), **verdict.model_dump(exclude={"regions"}, exclude_none=True)}))  # noqa: T201 - output
        else:
            print(  # noqa: T201 - output
                f"{verdict.decision:8} {verdict.error_ratio:8.3f} x threshold   p <= {verdict.p_value:.4f}   {path}"
            )

    def _print_rejected(self, path: Path, error: ImageRejected | OSError) -> None:
        reason = str(error.reason) if isinstance(error, ImageRejected) else "unreadable"
        if self.json_lines:
            print(json.dumps({"path": str(path), "reason": reason, "message": str(error)}))  # noqa: T201 - output
        else:
            print(f"{reason}: {path}: {error}", file=sys.stderr)  # noqa: T201 - output


class Check(BaseModel):
    """Verify a bundle as the service would before it decides: schema, digests, graph, golden scores."""

    bundle: CliPositionalArg[Path] = Field(description="The bundle's folder, <store>/<stream>/<bundle-id>.")

    def cli_cmd(self) -> None:
        bundle = Scorer(read_bundle(self.bundle)).bundle
        manifest = bundle.manifest
        calibration = manifest.calibration
        print(  # noqa: T201 - output
            f"good: bundle {bundle.id} of stream {manifest.stream}, {manifest.autoencoder.name} "
            f"{manifest.input.width}x{manifest.input.height}x{manifest.input.channels}, "
            f"threshold {calibration.threshold:.6g} for {calibration.false_alarm_rate:.2%} false alarms"
            f"{'' if calibration.is_guaranteed else ' (an estimate, no guarantee)'}{_review_budget(calibration)}, "
            f"{len(bundle.golden())} golden images score as they should"
        )


class ShowSettings(Settings):
    """Print every setting: its environment variable, its value now, and what it means."""

    def cli_cmd(self) -> None:
        for name, field in Settings.model_fields.items():
            print(f"LINEWATCH_{name.upper()}={_shown(getattr(self, name))}\n    {field.description}")  # noqa: T201 - output


class Topics(Settings):
    """Create the topics that are not there yet, with room for images."""

    partitions: int = Field(default=4, ge=1, description="Partitions of each new topic: up to this many replicas.")
    replication_factor: int = Field(
        default=-1, ge=-1, description="Replicas of each partition; -1 is the brokers' default."
    )

    def cli_cmd(self) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an error becomes one sentence
        for topic, created in create_topics(self, self.partitions, self.replication_factor).items():
            print(f"{topic}: {'created' if created else 'exists already, left as it is'}")  # noqa: T201 - output


class Escapes(BaseModel):
    """Estimate from audits and reviews how many defects pass and good parts are flagged, by stream and bundle."""

    bootstrap_servers: str | None = Field(default=None, description="Kafka brokers (default: the setting).")
    stream: str | None = Field(default=None, description="Only this stream.")
    since: AwareDatetime | None = Field(
        default=None, alias="from", description="Only verdicts from then on: RFC 3339, as 2026-01-31T08:30:00Z."
    )
    until: AwareDatetime | None = Field(default=None, alias="to", description="Only verdicts before then.")
    below: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="Print how many more audits bring the escape rate below this share."
    )
    json_output: bool = Field(default=False, alias="json", description="Print JSON.")

    def cli_cmd(self) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an error becomes one sentence
        settings = Settings() if self.bootstrap_servers is None else Settings(bootstrap_servers=self.bootstrap_servers)
        found = read_rates(settings, stream=self.stream, since=self.since, until=self.until)
        if self.json_output:
            print(json.dumps([self._as_json(rates) for rates in found]))  # noqa: T201 - output
        else:
            print(table(found, self.below) or f"no verdicts on {settings.verdicts_topic} yet")  # noqa: T201 - output

    def _as_json(self, rates: Rates) -> dict[str, object]:
        needed = {} if self.below is None else {"audits_needed": rates.audits_needed(self.below)}
        return rates.model_dump() | needed


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
    escapes: CliSubCommand[Escapes] = Field(description="estimate how many defects pass, from audits and reviews")

    def cli_cmd(self) -> None:
        CliApp.run_subcommand(self)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error ends with one sentence and a non-zero exit code."""
    try:
        CliApp.run(Linewatch, cli_args=sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output ended first, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        sys.exit(FAILURE)
    except (BundleError, StreamError, PortTaken) as error:
        _fail(str(error), FAILURE)
    except ValidationError as error:
        _fail("; ".join(_explain(each) for each in error.errors()), MISUSE)
    except SettingsError as error:
        _fail(str(error), MISUSE)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(why: str, exit_code: int) -> None:
    print(f"linewatch: {why}", file=sys.stderr)  # noqa: T201 - output
    sys.exit(exit_code)


def _explain(error: ErrorDetails) -> str:
    """One clause of a sentence: which setting, what was expected, what was found."""
    setting = ".".join(str(part) for part in error["loc"][1:])  # the first part is the subcommand
    if not setting:
        return error["msg"].removeprefix("Value error, ")
    return f"{setting}: {error['msg']}, found {error['input']!r}"


def _review_budget(calibration: Calibration) -> str:
    if calibration.review_rate is None:
        return ""
    return f", to review above {calibration.review_threshold:.6g} for {calibration.review_rate:.2%}"


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _score(scorer: Scorer, path: Path, limits: ImageLimits) -> Verdict:
    scored = scorer.score_encoded(path.read_bytes(), limits)
    bundle = scorer.bundle
    return judge(scored.prediction, bundle.manifest.calibration, bundle.id, scored.size)


def _image_files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)
        else:
            yield path
