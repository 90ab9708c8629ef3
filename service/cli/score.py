"""`linewatch score`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, Field
from pydantic_settings import CliPositionalArg

from service.cli.failure import FAILURE, fail, warn_of_odd_variables
from service.scoring.bundle import BundleStore
from service.scoring.decoding import decode_for
from service.scoring.files import read_file
from service.scoring.formats.signatures import is_image_file_name
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.scorer import Scorer
from service.scoring.unlike_fit import unlike_fit
from service.scoring.verdict import Verdict, judge
from service.settings import ScoringSettings

_LARGEST_FILE = 1 << 30
"""Beyond it a file is not even read to be refused for its size."""


class Score(BaseModel):
    """Score image files, or folders of them, without Kafka."""

    store: Path | None = Field(default=None, description="Folder of bundles (default: the setting store).")
    stream: str = Field(default="default", description="Stream whose champion scores the images.")
    json_lines: bool = Field(default=False, alias="json", description="One JSON object a line.")
    images: CliPositionalArg[list[Path]] = Field(description="Image files, or folders of them.")

    def cli_cmd(self) -> None:
        warn_of_odd_variables()
        settings = ScoringSettings()
        scorer = Scorer(BundleStore(self.store or settings.store).champion(self.stream))
        limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
        found, rejected = 0, 0
        for path in _image_files(self.images):
            found += 1
            try:
                verdict, unlike = _score(scorer, path, limits)
            except (ImageRejected, OSError) as error:
                rejected += 1
                self._print_rejected(path, error)
            else:
                self._print_verdict(path, verdict, sorted(unlike))
        if not found:
            given = ", ".join(str(path) for path in self.images)
            fail(f"expected image files in {given}, found none; give images or folders of them", FAILURE)
        if rejected:
            sys.exit(FAILURE)

    def _print_verdict(self, path: Path, verdict: Verdict, unlike: list[str]) -> None:
        if self.json_lines:
            found = verdict.model_dump(exclude={"regions"}, exclude_none=True)
            more = {"unlike_fit": unlike} if unlike else {}
            print(json.dumps({"path": str(path), **found, **more}))  # noqa: T201 - output
        else:
            note = f"   unlike the fit: {', '.join(unlike)}" if unlike else ""
            numbers = f"{verdict.error_ratio:8.3f} x threshold   p <= {verdict.p_value:.4f}"
            print(f"{verdict.decision:8} {numbers}   {path}{note}")  # noqa: T201 - output

    def _print_rejected(self, path: Path, error: ImageRejected | OSError) -> None:
        reason = str(error.reason) if isinstance(error, ImageRejected) else "unreadable"
        if self.json_lines:
            print(json.dumps({"path": str(path), "reason": reason, "message": str(error)}))  # noqa: T201 - output
        else:
            print(f"{reason}: {path}: {error}", file=sys.stderr)  # noqa: T201 - output


def _score(scorer: Scorer, path: Path, limits: ImageLimits) -> tuple[Verdict, frozenset[str]]:
    image = decode_for(read_file(path, max(_LARGEST_FILE, limits.max_bytes)), limits, scorer.input)
    scored, bundle = scorer.score_decoded(image), scorer.bundle
    verdict = judge(scored.prediction, bundle.manifest.calibration, bundle.id, scored.size)
    return verdict, unlike_fit(image, scorer.input)


def _image_files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if is_image_file_name(file))
        else:
            yield path
