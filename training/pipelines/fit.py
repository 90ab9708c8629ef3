"""Fitting a bundle, from a folder of images to the store."""

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from service.record.archive import Archive
from service.scoring.bundle import GOLDEN, GRAPH, Bundle, BundleStore
from service.scoring.manifest import AutoencoderInfo, Calibration, InputSpec, Manifest, Precision, TrainingData
from service.scoring.scorer import Scorer
from training.autoencoders.registry import check_name
from training.backend.quiet import load_tensorflow
from training.bundles import roles
from training.bundles.training_images import NORMAL_SET, archive_images, training_images
from training.bundles.writer import Draft, check_writable, draft
from training.calibration.drift_limits import PARTS_PER_HOUR, find_limits, ordinary_images
from training.calibration.threshold import calibrate
from training.data.exclusions import LeftOut, report_left_out
from training.data.folder import find_layout
from training.data.input_spec import check_size, input_spec
from training.data.normal_set import ImageFile, NormalSet, scan
from training.data.split import Split, split
from training.errors import TrainingError
from training.evaluation.evaluate import evaluate
from training.evaluation.scored_images import ScoredImage, judge_tests, score_files
from training.evaluation.sensitivity import measure_sensitivity
from training.latents.table import CODES, DECODER, latent_table
from training.progress import Progress
from training.report.content import ReportContent
from training.report.page import REPORT, render

GOLDEN_IMAGES = 5
VERSIONS_OF = ("linewatch", "tensorflow", "keras", "ai-edge-litert", "numpy", "opencv-python-headless")


class SplitRule(Protocol):
    """As `training.data.split.split`."""

    def __call__(
        self, images: Sequence[ImageFile], false_alarm_rate: float, seed: int, *, extrapolate: bool = False
    ) -> Split: ...


class CalibrationRule(Protocol):
    """As `training.calibration.threshold.calibrate`."""

    def __call__(
        self,
        normals: Sequence[ScoredImage],
        false_alarm_rate: float,
        *,
        review_rate: float | None = None,
        extrapolate: bool = False,
    ) -> Calibration: ...


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What the user asked for."""

    data: Path
    stream: str
    store: BundleStore
    autoencoder: str = "feature"
    options: dict[str, Any] = field(default_factory=dict)
    false_alarm_rate: float = 0.01
    extrapolate: bool = False
    """Whether a set too small for the rate gets an estimated threshold instead of a refusal."""
    review_rate: float | None = None
    """The share of good parts that may be reviewed or flagged, above false_alarm_rate; None for no review."""
    image_size: int = 256
    precision: Precision = "float32"
    parts_per_hour: float = PARTS_PER_HOUR
    """What the line makes, for one false alarm of drift a month."""
    seed: int = 0
    archive: Archive | None = None
    """Where the normal images are kept, for the day they are gone from their folder."""
    collected: frozenset[str] = frozenset()
    """SHA-256s of images that were collected from the line, not of the original set."""
    divide: SplitRule = split
    calibrate: CalibrationRule = calibrate
    """What to do in place of the usual split and calibration; see `training.pipelines.origin_split`."""
    is_current: Callable[[Path], bool] = lambda _: True
    """Whether a calibration image shows the line as it is now: drift is sought against the light of these alone."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A published bundle: its id, whether it decides now, what was left out, and how long the fit took."""

    bundle: Bundle
    is_champion: bool
    left_out: tuple[LeftOut, ...]
    seconds: float


def fit(request: FitRequest, progress: Progress) -> Fitted:
    """Scan, split, train, export, calibrate, evaluate, publish; a stream's first bundle becomes its champion.

    Raises:
        TrainingError: if the request or the images cannot be used.
        BundleError: if the stream's name is none.
    """
    started = monotonic()
    _check(request)
    layout = find_layout(request.data)
    load_tensorflow()
    from training.autoencoders.registry import checked_options, find  # noqa: PLC0415 - needs TensorFlow
    from training.trainer.trainer import train_graph  # noqa: PLC0415 - needs TensorFlow

    options = checked_options(request.autoencoder, request.options)
    normal = scan(layout, progress)
    parts = request.divide(normal.images, request.false_alarm_rate, request.seed, extrapolate=request.extrapolate)
    spec = input_spec(normal, parts, request.image_size, progress)
    _tell(normal, parts, progress)
    if request.archive is not None:
        archive_images(progress.track(normal.images, "keeping normal images", len(normal.images)), request.archive)
    autoencoder = find(request.autoencoder)(options, spec, request.precision)
    learned = train_graph(autoencoder, parts, request.seed, progress)
    info = AutoencoderInfo(
        name=request.autoencoder,
        options=options.model_dump(mode="json"),
        parameters=learned.parameters,
        code_size=learned.code_size,
        precision=request.precision,
    )
    with draft(request.store, request.stream) as bundle_draft:
        bundle_draft.write(GRAPH, learned.graph)
        bundle_draft.write(GOLDEN, b"{}")
        bundle = Bundle(bundle_draft.path, "draft", _uncalibrated(request, normal, parts, spec, info))
        scored = score_files(Scorer(bundle), [image.path for image in parts.calibration], progress)
        _write_golden(bundle_draft, scored)
        if learned.decoder is not None:
            bundle_draft.write(DECODER, learned.decoder)
            bundle_draft.write(CODES, latent_table(scored).npz())
        calibration = request.calibrate(
            scored, request.false_alarm_rate, review_rate=request.review_rate, extrapolate=request.extrapolate
        )
        now = [file for file in scored if request.is_current(file.path)]
        ordinary = ordinary_images(calibration, now)
        drift = find_limits(calibration, ordinary, request.parts_per_hour, request.seed, progress)
        bundle = _with(bundle, calibration=calibration, drift=drift)
        scorer = Scorer(bundle)
        judged = judge_tests(scorer, layout.tests, progress)
        bundle = _with(
            bundle,
            evaluation=evaluate(judged.images) if judged.images else None,
            sensitivity=measure_sensitivity(scorer, scored, request.seed, progress),
        )
        left_out = normal.left_out + judged.left_out
        story = ReportContent(
            data=request.data,
            manifest=bundle.manifest,
            history=learned.history,
            left_out=left_out,
            normals=tuple(scored),
            judged=judged.images,
            seconds=monotonic() - started,
        )
        progress.say("writing the report")
        bundle_draft.write(REPORT, render(story, scorer, learned.reconstructor).encode())
        bundle_draft.write(NORMAL_SET, training_images(parts, request.collected))
        chosen = bundle_draft.seal(bundle.manifest)
    published = Scorer(request.store.bundle(request.stream, chosen)).bundle  # read again as the service will
    if request.store.champion_id(request.stream) is None:
        roles.make_champion(request.store, request.stream, chosen, "first")
    is_champion = request.store.champion_id(request.stream) == chosen
    return Fitted(published, is_champion, left_out, seconds=monotonic() - started)


def _check(request: FitRequest) -> None:
    """What can be refused before any image is read."""
    check_name(request.autoencoder)
    check_size(request.image_size)
    if not 0.0 < request.false_alarm_rate < 1.0:
        raise TrainingError(
            f"expected a false-alarm rate above 0 and below 1, such as 0.01, found {request.false_alarm_rate:g}"
        )
    if request.review_rate is not None and not request.false_alarm_rate < request.review_rate < 1.0:
        raise TrainingError(
            f"expected a review rate above the false-alarm rate {request.false_alarm_rate:g} and below 1, since it "
            f"counts what is reviewed and what is flagged, found {request.review_rate:g}; "
            "give a larger --review-rate, or leave it out for no review"
        )
    check_writable(request.store, request.stream)


def _tell(normal: NormalSet, parts: Split, progress: Progress) -> None:
    report_left_out(normal.left_out, progress)
    progress.say(
        f"{len(normal.images)} normal images: {len(parts.fit)} to fit, {len(parts.validation)} for validation, "
        f"{len(parts.calibration)} for calibration"
    )
    if normal.near_copies:
        progress.say(
            f"near-copies kept together: {normal.near_copies} images show {normal.parts_with_copies} parts; "
            f"one image of each part calibrates, so {len(parts.unused)} go unused"
        )
    if normal.too_alike:
        progress.say(
            f"near-copies not kept together: {normal.too_alike} of the images would have been of one part; if many do "
            "show the same parts, the false-alarm rate is not promised: give each part once"
        )


def _uncalibrated(
    request: FitRequest, normal: NormalSet, parts: Split, spec: InputSpec, info: AutoencoderInfo
) -> Manifest:
    """The manifest but for what only the exported graph can tell; its calibration promises nothing."""
    return Manifest(
        stream=request.stream,
        created_at=datetime.now(UTC),
        input=spec,
        autoencoder=info,
        calibration=Calibration(
            false_alarm_rate=request.false_alarm_rate, n=1, threshold=1.0, pixel_threshold=1.0, scores=(1.0,)
        ),
        training_data=TrainingData(
            digest=normal.digest,
            fit=len(parts.fit),
            validation=len(parts.validation),
            calibration=len(parts.calibration),
            unused=len(parts.unused),
            parts=normal.parts,
        ),
        seed=request.seed,
        versions={"python": platform.python_version(), **{name: version(name) for name in VERSIONS_OF}},
        files={},
    )


def _with(bundle: Bundle, **changes: Any) -> Bundle:
    return Bundle(bundle.path, bundle.id, bundle.manifest.model_copy(update=changes))


def _write_golden(bundle_draft: Draft, scored: Sequence[ScoredImage]) -> None:
    """Keep a few calibration images, from the least to the most strange, as their original files."""
    ranked = sorted(scored, key=lambda file: file.score)
    places = {round(i * (len(ranked) - 1) / (GOLDEN_IMAGES - 1)) for i in range(GOLDEN_IMAGES)}
    scores = {}
    for number, place in enumerate(sorted(places), start=1):
        file = ranked[place]
        name = f"normal-{number}{file.path.suffix.lower()}"
        bundle_draft.write(f"golden/{name}", file.path.read_bytes())
        scores[name] = file.score
    bundle_draft.write(GOLDEN, json.dumps(scores, indent=1).encode())
