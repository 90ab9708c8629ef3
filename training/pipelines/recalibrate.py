"""Recalibration: a new threshold for the same graph, from recent parts of the line; needs no TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from service.record.reviews import Label
from service.scoring.bundle import MANIFEST, Bundle, BundleStore
from service.scoring.image import ImageRejected, Reason
from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.bundles import roles
from training.bundles.writer import draft
from training.calibration.drift_limits import find_limits, ordinary_images
from training.calibration.threshold import calibrate, with_originals
from training.collection.inspected_part import InspectedPart, Stratum
from training.collection.inspection_log import Inspection
from training.collection.sampling import in_proportion, most_in_proportion
from training.collection.time_range import Span
from training.collection.verdict_reservoir import LineSample, sample_line
from training.data.duplicate_filter import DuplicateFilter
from training.data.pixels import decoded_or_none
from training.data.split import SMALLEST_TAIL_SET
from training.errors import TrainingError
from training.evaluation.score_shift import ScoreShift, shift
from training.evaluation.scored_images import ScoredImage
from training.progress import Progress
from training.report.page import REPORT, mark_recalibrated
from training.statistics.conformal import needed_for

AT_FIT = "calibration-at-fit.json"
"""The calibration of the fit: original scores stay original through any number of recalibrations."""


@dataclass(frozen=True, slots=True)
class RecalibrateRequest:
    """What the user asked for."""

    stream: str
    span: Span
    store: BundleStore
    limit: int = 1000
    """Maximum number of recent parts."""
    reviewed: float = 0.8
    """The least share of flagged parts that must be reviewed."""
    original_share: float = 0.25
    """The least share of calibration scores that are the original ones."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """The challenger: the champion's graph with another threshold."""

    champion: Bundle
    bundle: Bundle
    recent: int
    """Recent parts that calibrated it."""
    originals: int
    recent_under_champion: ScoreShift | None
    original_under_challenger: ScoreShift | None


def recalibrate(request: RecalibrateRequest, inspection: Inspection, progress: Progress) -> Recalibrated:
    """Score recent normal parts with the champion, calibrate on them and on the original scores, and challenge.

    Passes alone are not enough: none of them scores above the old threshold, so their quantile lies below it, and each
    recalibration would flag more good parts than the last. Flagged parts that are normal count too, in proportion; so
    most flagged parts must have been reviewed.

    Raises:
        TrainingError: if too few flagged parts were reviewed, or there are too few parts for the budget.
        BundleError: if there is no champion.
        StreamError, ArchiveError: if the record cannot be read.
    """
    champion = request.store.champion(request.stream)
    with quiet():
        scorer = Scorer(champion)
    at_fit = _at_fit(champion)
    budgets = champion.manifest.calibration
    most = min(request.limit, round(at_fit.n * (1.0 - request.original_share) / request.original_share))
    line = sample_line(
        inspection, request.stream, request.span, progress, min_p_value=0.0, seed=request.seed, limit=request.limit
    )
    scored = _score(_accepted(line, most, request), scorer, inspection, progress)
    needed = needed_for(budgets.false_alarm_rate) if not budgets.is_extrapolated else SMALLEST_TAIL_SET // 2
    if len(scored) < needed:
        raise TrainingError(
            f"expected at least {needed} parts of stream {request.stream!r}, {request.span}, for a false-alarm rate of "
            f"{budgets.false_alarm_rate:g}, found {len(scored)} (at most {most}, in addition to {at_fit.n} original "
            "scores); look further back with --from, review what is flagged, raise --limit, or lower --original-share"
        )
    recent = calibrate(
        scored, budgets.false_alarm_rate, review_rate=budgets.review_rate, extrapolate=budgets.is_extrapolated
    )
    calibration = with_originals(recent, at_fit.scores)
    chosen = _write(request.store, champion, at_fit, calibration, _limits(champion, calibration, scored, progress))
    roles.challenge(request.store, request.stream, chosen, why=f"recalibrated on {request.span}")
    return Recalibrated(
        champion=champion,
        bundle=Scorer(request.store.bundle(request.stream, chosen)).bundle,  # proven as the service will
        recent=len(scored),
        originals=at_fit.n,
        recent_under_champion=shift(recent.scores, budgets.scores),
        original_under_challenger=shift(at_fit.scores, calibration.scores),
    )


def _accepted(line: LineSample, most: int, request: RecalibrateRequest) -> list[InspectedPart]:
    """Normal parts in the proportions in which the line makes them.

    Raises:
        TrainingError: if too few flagged parts were reviewed.
    """
    flagged, share = line.of(Stratum.FLAGGED), line.reviewed_share(Stratum.FLAGGED)
    if share < request.reviewed:
        raise TrainingError(
            f"expected reviews of at least {request.reviewed:.0%} of the {flagged} flagged parts of stream "
            f"{request.stream!r}, {request.span}, found {share:.0%}: without them the threshold could only be guessed; "
            "review the others with linewatch review, or lower --reviewed"
        )
    normal = [part for part in line.reviewed if part.review and part.review.label is Label.NORMAL]
    known = sorted([*(part for _, part in line.passes), *normal], key=lambda part: part.sampling_key)
    strata = {stratum: [part for part in known if part.stratum is stratum] for stratum in Stratum}
    counts = line.normal_counts()
    return in_proportion(strata, counts, most_in_proportion(strata, counts, most))


def _score(
    parts: Sequence[InspectedPart], scorer: Scorer, inspection: Inspection, progress: Progress
) -> list[ScoredImage]:
    """Score the images of parts without near-duplicates; those that are gone or unreadable are left out."""
    duplicates, scored, gone = DuplicateFilter(), [], 0
    for part, image in progress.track(inspection.images(parts), "scoring recent parts", len(parts)):
        try:
            decoded = None if image is None else decoded_or_none(image, [scorer.input])
            if decoded is None:
                gone += 1
            elif duplicates.is_new(decoded[0].pixels):
                scored.append(ScoredImage.of(str(part.source), scorer.score_decoded(decoded[0])))
        except ImageRejected as rejected:
            if rejected.reason is Reason.UNSCORABLE:
                raise TrainingError(f"{part.source}: {rejected}") from rejected
            gone += 1
    if gone:
        progress.say(f"{gone} images cannot be read, or are no longer on the topic nor in the archive")
    return scored


def _at_fit(champion: Bundle) -> Calibration:
    if AT_FIT in champion.manifest.files:
        try:
            return Calibration.model_validate_json((champion.path / AT_FIT).read_bytes())
        except ValidationError as error:
            raise TrainingError(
                f"expected a calibration in {AT_FIT} of bundle {champion.path}, found none; recalibrate another bundle"
            ) from error
    return champion.manifest.calibration


def _limits(
    champion: Bundle, calibration: Calibration, recent: Sequence[ScoredImage], progress: Progress
) -> DriftSpec | None:
    """Limits for the new calibration, if the champion had any; brightness is compared with that of recent parts."""
    manifest = champion.manifest
    if manifest.drift is None:
        return None
    ordinary = ordinary_images(calibration, recent)
    return find_limits(calibration, ordinary, manifest.drift.parts_per_hour, manifest.seed, progress)


def _write(
    store: BundleStore, champion: Bundle, at_fit: Calibration, calibration: Calibration, drift: DriftSpec | None
) -> str:
    """Publish the champion's files with another calibration; what was measured under the old one is left out."""
    manifest, now = champion.manifest, datetime.now(UTC)
    with draft(store, manifest.stream) as bundle_draft:
        for name in manifest.files:
            if name not in (MANIFEST, REPORT):
                bundle_draft.write(name, (champion.path / name).read_bytes())
        if REPORT in manifest.files:
            page = (champion.path / REPORT).read_text(errors="replace")
            bundle_draft.write(REPORT, mark_recalibrated(page, now, manifest.calibration, calibration).encode())
        bundle_draft.write(AT_FIT, at_fit.model_dump_json().encode())
        return bundle_draft.seal(
            manifest.model_copy(
                update={
                    "created_at": now,
                    "calibration": calibration,
                    "drift": drift,
                    "evaluation": None,
                    "sensitivity": None,
                }
            )
        )
