"""Fitting a bundle, from a folder of images to the store."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from time import monotonic
from typing import TYPE_CHECKING, Any

from service.scoring.bundle import GRAPH, Bundle
from service.scoring.graph import Graph
from service.scoring.input_spec import InputSpec
from service.scoring.manifest import AutoencoderInfo, Calibration, DriftSpec, Manifest, TrainingData
from service.scoring.scorer import Scorer
from training.backend.quiet import load_tensorflow
from training.bundles import roles
from training.bundles.golden import write_golden
from training.bundles.training_images import NORMAL_SET, archive_images, training_images
from training.bundles.writer import draft
from training.calibration.drift_limits import find_limits, ordinary_images
from training.calibration.score_order import ScoreOrder, score_order
from training.calibration.threshold import calibrate_by_origin
from training.data.exclusions import LeftOut, report_left_out
from training.data.folder import find_layout
from training.data.folds import cross_split
from training.data.input_spec import input_spec
from training.data.latest_parts import latest_split
from training.data.normal_set import NormalSet, scan
from training.data.split import Split, split_normal_set
from training.evaluation.evaluate import evaluate
from training.evaluation.scored_images import ScoredImage, ScoredSet, judge_tests
from training.evaluation.sensitivity import measure_sensitivity
from training.evaluation.unseen_tests import unseen_tests
from training.latents.table import CODES, DECODER, RECONSTRUCTION, latent_table
from training.pipelines.calibration_scores import CalibrationScores, score_calibration
from training.pipelines.fit_request import FitRequest, check
from training.pipelines.part_report import report_parts
from training.progress import Progress
from training.report.content import ReportContent
from training.report.page import REPORT, render
from training.statistics.conformal import needed_for
from training.trainer.result import Trained
from training.tuning.resize_choice import choose_resize, is_mixed

if TYPE_CHECKING:  # it loads TensorFlow
    from training.autoencoders.base import Autoencoder

GOLDEN_TOLERANCE = 1e-3
"""The least: float32 kernels differ by less."""
MOST_TOLERANCE = 0.5
"""The most, as scores of a handful of tiny images need it: with more, another graph could pass for this one."""
SPREADS = 3.0
"""The kernels at hand are not all there are: golden scores may differ by this many times what theirs do."""

VERSIONS_OF = ("linewatch", "tensorflow", "keras", "ai-edge-litert", "numpy", "opencv-python-headless")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A published bundle, whether it decides now, the files that were left out, how long the fit took."""

    bundle: Bundle
    is_champion: bool
    left_out: tuple[LeftOut, ...]
    seconds: float
    scores: Mapping[str, float]
    """Of the calibration images, by SHA-256: each by a graph that has not learnt it."""
    order: ScoreOrder | None = None
    """Of the calibration scores: whether the line drifted while the images were taken."""


def fit(request: FitRequest, progress: Progress) -> Fitted:
    """Scan, split, train, calibrate, judge the test images, publish; a stream's first bundle becomes its champion.

    Raises:
        TrainingError: if the request or the images cannot be used.
        BundleError: if the stream's name is not valid.
    """
    started = monotonic()
    check(request)
    layout = find_layout(request.data)
    load_tensorflow()
    from training.autoencoders.registry import checked_options, find  # noqa: PLC0415 - needs TensorFlow
    from training.trainer.trainer import train_graph  # noqa: PLC0415 - needs TensorFlow

    options = checked_options(request.autoencoder, request.options)
    normal = scan(layout, progress, request.part_from_name)
    split = _split(request, normal, progress)
    training_data = _training_data(normal, split)
    _report_split(normal, split, progress)
    report_parts(normal, len(split.unused), by_name=request.part_from_name is not None, progress=progress)
    if request.archive is not None:
        archive_images(progress.track(normal.images, "keeping normal images", len(normal.images)), request.archive)
    kind = find(request.autoencoder)
    precision = request.precision or kind.usual_precision(options)
    spec, resize = _input(request, normal, split, lambda spec: kind(options, spec, precision), progress)
    autoencoder = kind(options, spec, precision)
    trained = train_graph(autoencoder, split, request.seed, progress)
    graph = Graph(trained.graph, spec)
    scores = score_calibration(trained, split, spec, options.model_dump(), progress)
    normals = scores.unseen
    order = _order(request, split, normals, progress)
    calibration, drift = _calibrate(request, split, scores, progress)
    tests, learnt = unseen_tests(layout.tests, normal.images, progress)
    judged = judge_tests(graph, calibration, tests, progress)
    report_left_out((*learnt, *judged.left_out), progress)
    has_review = request.review_rate is not None
    manifest = Manifest(
        stream=request.stream,
        created_at=datetime.now(UTC),
        input=spec,
        autoencoder=_info(autoencoder, request.autoencoder, trained),
        calibration=calibration,
        evaluation=evaluate(judged.images, has_review=has_review) if judged.images else None,
        sensitivity=measure_sensitivity(graph, calibration.threshold, normals.images, request.seed, progress),
        drift=drift,
        golden_tolerance=min(MOST_TOLERANCE, max(GOLDEN_TOLERANCE, SPREADS * trained.kernel_spread)),
        training_data=training_data,
        seed=request.seed,
        versions={"python": platform.python_version(), **{name: version(name) for name in VERSIONS_OF}},
        files={},
    )
    left_out = normal.left_out + learnt + judged.left_out
    seconds = monotonic() - started
    content = ReportContent(
        request.data, manifest, trained.history, left_out, normals, judged, seconds, trained.map_prices, order, resize
    )
    bundle = _publish(request, split, trained, scores.deployed, content, progress)
    is_champion = request.store.champion_id(request.stream) == bundle.id
    by_digest = {image.digest: found.score for image, found in zip(split.calibration, normals.images, strict=True)}
    return Fitted(bundle, is_champion, left_out, monotonic() - started, by_digest, order)


def _split(request: FitRequest, normal: NormalSet, progress: Progress) -> Split:
    images, rate, seed, extrapolate = normal.images, request.false_alarm_rate, request.seed, request.extrapolate
    if request.calibrate_on == "latest":
        split, latest = latest_split(images, rate, seed, method=request.calibration, extrapolate=extrapolate)
        progress.say(latest.sentence(len(split.calibration)))
        return split
    if request.origins is not None:
        return request.origins.split(images, rate, seed, method=request.calibration, extrapolate=extrapolate)
    splits = {"split": split_normal_set, "cross": cross_split}
    return splits[request.calibration](images, rate, seed, extrapolate=extrapolate)


def _input(
    request: FitRequest,
    normal: NormalSet,
    split: Split,
    make: Callable[[InputSpec], "Autoencoder[Any]"],
    progress: Progress,
) -> tuple[InputSpec, str]:
    """The graph's input, and why images of mixed proportions are stretched or padded; empty for others."""
    spec = input_spec(normal, split, request.framing, progress)
    if not (request.framing.leaves_resize_open and is_mixed(normal)):
        return spec, ""
    found = choose_resize(normal, spec, make, request.seed, progress)
    progress.say(found.sentence())
    return spec.model_copy(update={"resize": found.chosen}), found.sentence()


def _report_split(normal: NormalSet, split: Split, progress: Progress) -> None:
    report_left_out(normal.left_out, progress)
    folds = f", each in one of {len(split.folds)} folds that it is put aside from" if split.folds else ""
    progress.say(
        f"{len(normal.images)} normal images: {len(split.fit)} to fit, {len(split.validation)} for validation, "
        f"{len(split.calibration)} for calibration{folds}"
    )


def _calibrate(
    request: FitRequest, split: Split, scores: CalibrationScores, progress: Progress
) -> tuple[Calibration, DriftSpec]:
    """Thresholds and drift limits; drift is sought against images that show the line as it is now."""
    recent: list[ScoredImage] = []
    originals: list[ScoredImage] = []
    for image, scored in zip(split.calibration, scores.unseen.images, strict=True):
        is_recent = request.origins is None or request.origins.is_collected(image)
        (recent if is_recent else originals).append(scored)
    rate, review_rate = request.false_alarm_rate, request.review_rate
    calibration = calibrate_by_origin(
        recent,
        originals,
        rate,
        review_rate=review_rate,
        extrapolate=request.extrapolate,
        fold_factors=scores.fold_factors,
    )
    ordinary = ordinary_images(calibration, recent)
    return calibration, find_limits(calibration, ordinary, request.parts_per_hour, request.seed, progress)


def _order(request: FitRequest, split: Split, normals: ScoredSet, progress: Progress) -> ScoreOrder:
    """Of images that show one time: in a retrain those collected now, since others are of another by design."""
    known = request.origins
    now = [
        (image.path, scored.score)
        for image, scored in zip(split.calibration, normals.images, strict=True)
        if known is None or known.is_collected(image)
    ]
    order = score_order([path for path, _ in now], [score for _, score in now])
    if order.drifted:
        may_help = order.latest_may_help and not _needs_more_than_half(request, split)
        offer = (
            "; to calibrate on the last ones: --calibrate-on latest"
            if may_help and known is None and request.calibrate_on != "latest"
            else ""
        )
        progress.say(f"{order.sentence()}{offer}")
    return order


def _needs_more_than_half(request: FitRequest, split: Split) -> bool:
    """Whether in folds the budget needs more than half of all parts: then the latest are hardly other than all."""
    return request.calibration == "cross" and 2 * needed_for(request.false_alarm_rate) > len(split.calibration)


def _training_data(normal: NormalSet, split: Split) -> TrainingData:
    return TrainingData(
        digest=normal.digest,
        fit=len(split.fit),
        validation=len(split.validation),
        calibration=len(split.calibration),
        unused=len(split.unused),
        parts=normal.parts,
    )


def _info(autoencoder: "Autoencoder[Any]", name: str, trained: Trained) -> AutoencoderInfo:
    return AutoencoderInfo(
        name=name,
        options=autoencoder.options.model_dump(mode="json"),
        parameters=trained.parameters,
        code_size=trained.code_size,
        precision=autoencoder.precision,
    )


def _publish(
    request: FitRequest,
    split: Split,
    trained: Trained,
    scored: ScoredSet,
    content: ReportContent,
    progress: Progress,
) -> Bundle:
    """Write the bundle, read it again as the service will, and make a stream's first one its champion."""
    collected = frozenset[str]() if request.origins is None else request.origins.not_original()
    progress.say("writing the report")
    with draft(request.store, request.stream) as bundle_draft:
        bundle_draft.write(GRAPH, trained.graph)
        scores = [image.score for image in scored.images]
        write_golden(bundle_draft, list(zip([image.path for image in split.calibration], scores, strict=True)))
        if trained.decoder is not None:
            bundle_draft.write(DECODER, trained.decoder)
            bundle_draft.write(CODES, latent_table(scored.images).npz())
        if trained.reconstruction is not None:
            bundle_draft.write(RECONSTRUCTION, trained.reconstruction)
        bundle_draft.write(REPORT, render(content, trained.reconstructor).encode())
        bundle_draft.write(NORMAL_SET, training_images(split, collected))
        chosen = bundle_draft.seal(content.manifest)
    published = Scorer(request.store.bundle(request.stream, chosen)).bundle
    if request.store.champion_id(request.stream) is None:
        roles.make_champion(request.store, request.stream, chosen, "first")
    return published
