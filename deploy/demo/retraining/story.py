"""The retraining loop, step by step: drift, reviews, retraining, backtest, shadow and promotion on a running line."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.demo import steps
from deploy.demo.figures import Tally, likely_false_alarms
from deploy.demo.images import LineImage
from deploy.demo.options import Options
from deploy.demo.retraining.figures import Loop, Phase, Promotion, Shadow
from deploy.demo.retraining.parts import HELD_BACK, RENDERED_PHASE, Parts, again, divide, rendered_line
from deploy.demo.retraining.picture import write_picture
from deploy.demo.retraining.reviewer import Reviewer
from deploy.demo.retraining.running_line import RunningLine, start_line
from deploy.demo.retraining.table import render_loop
from deploy.demo.steps import Clock
from deploy.devtools.commands import linewatch_train
from deploy.devtools.commands.linewatch_train import Fitted, Guarantee
from deploy.devtools.errors import DemoError
from deploy.devtools.metrics import images_counted
from deploy.devtools.results import write_figures

RENDERED_STREAM = "flange-aging"
MOST_IN_PHASE = 400
SHADOWED = 40
BACKTESTED = 200


def run(options: Options, build: Path, console: Console) -> int:
    """The whole loop; leaves `demo-loop.json` and what it made under `build`. The exit status.

    Raises:
        ToolingError: if a step failed.
    """
    clock = Clock()
    with ExitStack() as stack:
        with clock("setup"):
            work = steps.fresh_folder(build / "demo-loop")
            kafka = steps.start_broker(stack, work, console)
            parts, stream = _prepare(options, work, console)
        with clock("fit"):
            fitted = steps.fit(parts.fit_on, stream, work, options, console)
        with clock("setup"):
            running = start_line(stack, kafka, work, stream, options.rate, console)
        found, reports = _loop(running, parts, fitted, work, clock)
        agrees = steps.metrics_agree(images_counted(running.url), running.sent, console)
    seconds, figures = clock.with_total(), build / "demo-loop.json"
    where_to_look = {
        "report of the first fit": str(fitted.report),
        **reports,
        "pictures": str(write_picture(parts, work / "lamp.png")),
        "logs": f"{running.log}, {running.review_log}",
        "figures": str(figures),
    }
    print(render_loop(found, seconds, where_to_look), flush=True)
    write_figures(figures, found.as_json(seconds))
    return 0 if found.every_image_has_one_verdict and agrees else 1


def _prepare(options: Options, work: Path, console: Console) -> tuple[Parts, str]:
    """The parts to fit on and to stream, and the stream's name."""
    if options.data is None:
        phase = options.images or RENDERED_PHASE
        data = rendered_line(work, seed=options.seed, size=options.image_size, phase=phase, console=console)
        return divide(data, work, hold_back=False, phase=phase), RENDERED_STREAM
    parts = divide(options.data, work, hold_back=True, phase=options.images or MOST_IN_PHASE)
    console.print(f"One in {HELD_BACK} of train/good is not fitted on but streamed.")
    return parts, steps.stream_name(options.data)


def _loop(running: RunningLine, parts: Parts, fitted: Fitted, work: Path, clock: Clock) -> tuple[Loop, dict[str, str]]:
    """From a line that runs well, through a weak lamp, to one that runs well again; also where the reports are."""
    console, stream, environment = running.console, running.stream, running.environment
    with clock("stream"):
        console.print("\n1. The line runs well.")
        before, answers = running.phase(parts.before, fitted.guarantee)
        console.print("\n2. The lamp has lost a tenth of its light.")
        since = datetime.now(UTC)
        drifted, more = running.phase(parts.drifted, fitted.guarantee)
    with clock("review"):
        console.print("\n3. A reviewer answers for the parts that people are asked about.")
        asked = {answer.part_id for answer in (*answers, *more) if answer.asked}
        reviews = Reviewer(running.review_url, stream).answer_all(asked, running.labels)
        console.print(", ".join(f"{label} {count}" for label, count in sorted(reviews.items())))
    span = ("--from", since.isoformat())
    with clock("retrain"):
        console.print("\n4. Retraining on what the line made; the result is a challenger and decides nothing yet.")
        retrained = linewatch_train.run("retrain", stream, *span, "--out", work / "collected", environment=environment)
    challenger = str(retrained["challenger"])
    with clock("backtest"):
        console.print("\n5. Backtest: champion and challenger judge the same images.")
        backtest = linewatch_train.run("backtest", stream, *span, "--limit", BACKTESTED, environment=environment)
    with clock("shadow"):
        console.print("\n6. The challenger runs in the champion's shadow.")
        running.wait(partial(running.shows, "linewatch_challenger_info", challenger), "the challenger in the shadow")
        shadow = _shadow(running, again(parts.drifted, "shadow", SHADOWED), fitted.guarantee)
    with clock("promote"):
        console.print("\n7. The challenger is to be promoted.")
        promotion = _promote(running, challenger, drifted)
        if promotion.done:
            running.wait(partial(running.shows, "linewatch_bundle_info", challenger), "the promoted bundle in force")
    calibration_images = int(retrained["images"]["calibration"])
    guarantee = replace(fitted.guarantee, calibration_images=calibration_images) if promotion.done else fitted.guarantee
    with clock("stream"):
        console.print("\n8. Other parts under the same weak lamp.")
        after, _ = running.phase(parts.after, guarantee)
    found = Loop(
        before=before,
        drifted=drifted,
        after=after,
        reviews=dict(reviews),
        collected=dict(retrained["collected"]["images"]),
        missed=list(backtest["missed"]),
        promotion=promotion,
        shadow=shadow,
        guarantee=guarantee,
        champion=fitted.bundle,
        challenger=challenger,
    )
    return found, _reports(retrained, backtest)


def _reports(retrained: Mapping[str, Any], backtest: Mapping[str, Any]) -> dict[str, str]:
    """Where the reports are, from what the commands printed."""
    return {
        "report of the challenger": str(Path(retrained["path"]) / "report" / "report.html"),
        "backtest": str(backtest["report"]),
    }


def _shadow(running: RunningLine, images: Sequence[LineImage], guarantee: Guarantee) -> Shadow:
    """Stream parts that both bundles judge.

    Raises:
        DemoError: if no verdict carries the challenger's decision, or a part has not exactly one verdict.
    """
    phase, answers = running.phase(images, guarantee)
    judged = [answer for answer in answers if answer.challenger_flags is not None]
    if not judged or not phase.figures.every_image_has_one_verdict:
        raise DemoError(
            f"Expected verdicts on {len(images)} parts with the challenger's decision, found {len(judged)}; "
            f"the service's log is {running.log}."
        )
    normal = {image.part_id for image in images if image.is_normal}
    good = [answer for answer in judged if answer.part_id in normal]
    return Shadow(len(images), len(judged), Tally(len(good), sum(bool(answer.challenger_flags) for answer in good)))


def _promote(running: RunningLine, challenger: str, drifted: Phase) -> Promotion:
    """Promote the challenger, by force only if `promote` refuses it and the champion breaks its budget.

    `promote` makes allowance for a champion that breaks its budget, but a defect that stands out even to that champion
    counts against the challenger: one smear is enough, however many good parts are at stake. Force is for that case.

    Raises:
        DemoError: if `promote` refused in spite of force.
    """
    refused = linewatch_train.promote(running.stream, challenger, running.environment)
    if refused is None:
        return Promotion(done=True)
    running.console.print(refused, markup=False)
    normal = drifted.figures.normal
    if normal.flagged <= likely_false_alarms(normal.sent, drifted.figures.guarantee)[1]:
        running.console.print("The champion keeps its budget under this lamp, too: it stays.")
        return Promotion(done=False)
    reason = f"the champion flags {normal.flagged} of {normal.sent} good parts"
    still = linewatch_train.promote(running.stream, challenger, running.environment, force=reason)
    if still is not None:
        raise DemoError(f"linewatch-train promote refused in spite of --force: {still}")
    return Promotion(done=True, forced=reason)
