"""Retraining: fit a stream on what its line makes now and on its previous normal set, and compare with the champion."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service.record.image_archive import Archive
from service.scoring.bundle import Bundle, BundleStore
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.backtest.run import SavedBacktest, run
from training.backtest.samples import line_samples
from training.bundles import roles
from training.bundles.training_images import FoundImages, copy_images, read_training_images
from training.calibration.drift_limits import PARTS_PER_HOUR
from training.collection.collect import Collected, CollectRequest, collect
from training.collection.collected_folder import CollectedFolder
from training.collection.inspected_part import TRAIN
from training.collection.inspection_log import Inspection
from training.data.framing import Framing
from training.errors import TrainingError
from training.evaluation.score_shift import ScoreShift, shift, shift_of
from training.pipelines.fit import Fitted, fit
from training.pipelines.fit_request import FitRequest
from training.pipelines.origin_split import OriginSplit
from training.progress import Progress

PREVIOUS = f"{TRAIN}/previous"
"""Where the images of the previous normal set are copied to, within the folder of collected ones."""

UNREVIEWED = 200
"""Parts without a review that are compared under both bundles, in addition to all reviewed ones."""


@dataclass(frozen=True, slots=True)
class RetrainRequest:
    """What the user asked for."""

    collect: CollectRequest
    store: BundleStore
    archive: Archive
    """Where images of the previous normal set may be, and where those of the new one are kept."""
    original_share: float = 0.5
    """The share of calibration images that are of the set that the stream began with."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of FitRequest that differ from the champion's."""


@dataclass(frozen=True, slots=True)
class Retrained:
    """The challenger, the images it was fitted on, and how it compares with the champion."""

    champion: str
    fitted: Fitted
    collected: Collected
    previous: FoundImages
    calibrating: Counter[Literal["original", "collected"]]
    """Where the challenger's calibration images are from."""
    new_under_champion: ScoreShift | None
    """Of the images collected now, under the champion."""
    original_under_challenger: ScoreShift | None
    """Of original images that calibrated the challenger, under the challenger."""
    backtest: SavedBacktest
    """Champion and challenger on what the line inspected."""


def retrain(request: RetrainRequest, inspection: Inspection, progress: Progress) -> Retrained:
    """Collect, add the previous normal set, fit as the champion was fitted, make the result challenger, and compare.

    Raises:
        TrainingError: if the champion's normal set is not found, nothing is collected, or the fit refuses.
        BundleError: if there is no champion.
        StreamError, ArchiveError: if the record cannot be read.
    """
    stream, out = request.collect.stream, request.collect.out
    champion = request.store.champion(stream)
    previous = _copy_previous(request, champion, progress)
    collected = collect(request.collect, inspection, progress, known=previous.images)
    new = [out / origin.file for origin in collected.origins if origin.file.startswith(f"{TRAIN}/")]
    if not new:
        raise TrainingError(
            f"expected normal parts of stream {stream!r}, {request.collect.span}, found none that may be used; "
            "look further back with --from, or review parts"
        )
    origins = OriginSplit(
        previous={image.sha256: image for image in previous.images.values()},
        collected=collected.strata,
        normal_counts=collected.normal_counts,
        original_share=request.original_share,
    )
    fitted = fit(_fit_request(request, champion, origins), progress)
    roles.challenge(request.store, stream, fitted.bundle.id, why=f"retrained on {request.collect.span}")
    with quiet():
        old = Scorer(champion)
    calibrating = {image.sha256: image for image in read_training_images(fitted.bundle) if image.role == "calibration"}
    originals = [fitted.scores[sha256] for sha256, image in calibrating.items() if image.original]
    return Retrained(
        champion=champion.id,
        fitted=fitted,
        collected=collected,
        previous=previous,
        calibrating=Counter("original" if image.original else "collected" for image in calibrating.values()),
        new_under_champion=shift_of(new, old, progress),
        original_under_challenger=shift(originals, fitted.bundle.manifest.calibration.scores),
        backtest=_backtest(request, fitted.bundle, inspection, progress),
    )


def _copy_previous(request: RetrainRequest, champion: Bundle, progress: Progress) -> FoundImages:
    normals, out = read_training_images(champion), request.collect.out
    CollectedFolder(out, request.collect.stream)  # refuses a folder of something else
    shutil.rmtree(out / PREVIOUS, ignore_errors=True)
    return copy_images(normals, out / PREVIOUS, request.archive, progress)


def _backtest(request: RetrainRequest, challenger: Bundle, inspection: Inspection, progress: Progress) -> SavedBacktest:
    """Compare with the present champion, which may be another by now: a promotion needs a backtest against that."""
    stream, span = request.collect.stream, request.collect.span
    samples = line_samples(inspection, stream, span, limit=UNREVIEWED, with_train=False)
    return run(request.store, request.store.champion(stream), challenger, samples, progress)


def _fit_request(request: RetrainRequest, champion: Bundle, origins: OriginSplit) -> FitRequest:
    manifest = champion.manifest
    calibration, info = manifest.calibration, manifest.autoencoder
    another = request.changes.get("autoencoder", info.name) != info.name
    fields = {
        "autoencoder": info.name,
        "false_alarm_rate": calibration.false_alarm_rate,
        "calibration": "cross" if calibration.fold_factors else "split",
        "extrapolate": calibration.is_extrapolated,
        "review_rate": calibration.review_rate,
        "framing": Framing.of(manifest.input),
        "precision": info.precision,
        "parts_per_hour": manifest.drift.parts_per_hour if manifest.drift else PARTS_PER_HOUR,
        "seed": manifest.seed,
        **request.changes,
        "options": ({} if another else info.options) | request.changes.get("options", {}),
    }
    return FitRequest(
        data=request.collect.out,
        stream=request.collect.stream,
        store=request.store,
        archive=request.archive,
        origins=origins,
        **fields,
    )
