"""`linewatch-train evaluate`: a bundle on labelled images."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import CliPositionalArg

from service.scoring.bundle import Bundle
from service.scoring.named_bundle import NAMING
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.cli.base import Command, print_json
from training.cli.tables import results, show_evaluation
from training.data.exclusions import counts, report_left_out, total
from training.data.folder import find_tests
from training.errors import TrainingError
from training.evaluation.evaluate import evaluate
from training.evaluation.scored_images import judge_tests
from training.progress import Progress


class EvaluateCommand(Command):
    """Judge the labelled images in DATA/test/<kind>/ with a bundle: AUROC, false alarms, defects flagged."""

    data: CliPositionalArg[Path] = Field(description="Folder in MVTec layout: test/good, test/<kind of defect>.")
    stream: str | None = Field(default=None, description="The stream whose champion judges, or whose --bundle.")
    bundle: str | None = Field(default=None, description=NAMING)

    def cli_cmd(self) -> None:
        bundle = self._bundle()
        calibration, progress = bundle.manifest.calibration, Progress()
        with quiet():
            scorer = Scorer(bundle)
        tests = find_tests(self.data)
        judged = judge_tests(scorer, calibration, tests.images, progress)
        left_out = tests.left_out + judged.left_out
        report_left_out(left_out, progress)
        evaluation = evaluate(judged.images, has_review=calibration.review_threshold is not None)
        if self.json_output:
            print_json(
                {
                    "stream": bundle.manifest.stream,
                    "bundle": bundle.id,
                    "evaluation": evaluation.model_dump(mode="json"),
                    "left_out": total(left_out),
                    "left_out_by_reason": counts(left_out),
                }
            )
        else:
            show_evaluation(evaluation, calibration, results())

    def _bundle(self) -> Bundle:
        name = self.bundle or self.stream
        if name is None:
            raise TrainingError("expected --stream or --bundle to say which bundle judges, found neither")
        return self.named_bundle(name, self.stream)
