"""`linewatch score`."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from pydantic_settings import CliPositionalArg

from service.cli.failure import FAILURE, fail, warn_of_odd_variables
from service.scoring.bundle import Bundle, BundleStore
from service.scoring.decoding import decode_for
from service.scoring.files import read_file
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.image_folder import ImageFolder, Passed, PassedOver, find_image_files
from service.scoring.named_bundle import NAMING, named_bundle
from service.scoring.printable import printable
from service.scoring.scored_words import scored_json
from service.scoring.scorer import Scorer
from service.scoring.unlike_fit import unlike_fit
from service.scoring.verdict import Verdict, judge
from service.settings.scoring import ScoringSettings

_LARGEST_FILE = 1 << 30
"""Beyond it a file is not even read to be refused for its size."""

NAMED = 3
"""How many files of those left out for one reason are named."""


class Score(BaseModel):
    """Score image files, or folders of them, without Kafka."""

    store: Path | None = Field(default=None, description="Folder of bundles (default: the setting store).")
    stream: str = Field(default="default", description="Stream whose champion scores the images.")
    bundle: str | None = Field(default=None, description=f"The bundle that scores them instead. {NAMING}")
    json_lines: bool = Field(default=False, alias="json", description="One JSON object a line.")
    images: CliPositionalArg[list[Path]] = Field(description="Image files, or folders of them.")

    def cli_cmd(self) -> None:
        warn_of_odd_variables()
        settings = ScoringSettings()
        scorer = Scorer(self._bundle(BundleStore(self.store or settings.store)))
        limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
        images, passed = _image_files(self.images)
        found, rejected = 0, 0
        for path in images:
            found += 1
            try:
                verdict, more = _score(scorer, path, limits)
            except (ImageRejected, OSError) as error:
                rejected += 1
                self._print_rejected(path, error)
            else:
                self._print_verdict(path, verdict, more)
        self._print_passed(passed)
        if not found:
            given = ", ".join(map(printable, self.images))
            fail(f"expected image files in {given}, found none; give images or folders of them", FAILURE)
        if rejected or any(each.why is PassedOver.UNREADABLE_FOLDER for each in passed):
            sys.exit(FAILURE)

    def _bundle(self, store: BundleStore) -> Bundle:
        if self.bundle is None:
            return store.champion(self.stream)
        return named_bundle(store, self.bundle, self.stream if "stream" in self.model_fields_set else None)

    def _print_verdict(self, path: Path, verdict: Verdict, more: dict[str, Any]) -> None:
        if self.json_lines:
            found = verdict.model_dump(exclude={"regions"}, exclude_none=True)
            print(json.dumps({"path": printable(path), **found, **more}))  # noqa: T201 - output
        else:
            note = f"   unlike the fit: {', '.join(more['unlike_fit'])}" if "unlike_fit" in more else ""
            numbers = f"{verdict.error_ratio:8.3f} x threshold   p <= {verdict.p_value:.4f}"
            print(f"{verdict.decision:8} {numbers}   {printable(path)}{note}")  # noqa: T201 - output

    def _print_rejected(self, path: Path, error: ImageRejected | OSError) -> None:
        reason = str(error.reason) if isinstance(error, ImageRejected) else "unreadable"
        if self.json_lines:
            print(json.dumps({"path": printable(path), "reason": reason, "message": str(error)}))  # noqa: T201 - output
        else:
            print(f"{reason}: {printable(path)}: {error}", file=sys.stderr)  # noqa: T201 - output

    def _print_passed(self, passed: list[Passed]) -> None:
        """A line on stderr for each reason: stdout has images alone."""
        counts = {str(why): sum(each.files for each in passed if each.why is why) for why in PassedOver}
        left_out = {why: files for why, files in counts.items() if files}
        if self.json_lines and left_out:
            print(json.dumps({"left_out": left_out}), file=sys.stderr)  # noqa: T201 - output
            return
        for why, files in left_out.items():
            named = [each for each in passed if each.why == why]
            names = ", ".join(printable(each.path) for each in named[:NAMED])
            more = " and more" if len(named) > NAMED else ""
            print(f"left out, {why}: {files} ({names}{more})", file=sys.stderr)  # noqa: T201 - output


def _score(scorer: Scorer, path: Path, limits: ImageLimits) -> tuple[Verdict, dict[str, Any]]:
    """The verdict on an image in a file, and what else there is to say of it."""
    image = decode_for(read_file(path, max(_LARGEST_FILE, limits.max_bytes)), limits, scorer.input)
    scored, bundle = scorer.score_decoded(image), scorer.bundle
    verdict = judge(scored.prediction, bundle.manifest.calibration, bundle.id, scored.size, scored.covers)
    more = {"unlike_fit": sorted(unlike_fit(image, scorer.input)), "scored": scored_json(scored.size, scorer.input)}
    return verdict, {name: found for name, found in more.items() if found}


def _image_files(given: list[Path]) -> tuple[list[Path], list[Passed]]:
    """Files as they are, and the images of folders with what is passed over there."""
    images, passed = list[Path](), list[Passed]()
    for path in given:
        try:
            found = find_image_files(path) if path.is_dir() else ImageFolder((path,), ())
        except OSError as error:
            why = f"it cannot be looked through: {error.strerror or error}"
            found = ImageFolder((), (Passed(path, PassedOver.UNREADABLE_FOLDER, why),))
        images += found.images
        passed += found.passed
    return images, passed
