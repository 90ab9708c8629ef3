"""Fitting a bundle, from a folder of images to the store."""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from service.scoring.bundle import GOLDEN, GRAPH, Bundle, BundleStore
from service.scoring.manifest import AutoencoderInfo, Calibration, InputSpec, Manifest, TrainingData
from service.scoring.scorer import Scorer
from training import champions
from training.autoencoders import check_name
from training.calibrate import calibrate
from training.codes import CODES, DECODER, coded
from training.dataset import LeftOut, NormalSet, find_layout, scan
from training.draft import Draft, draft
from training.errors import TrainingError
from training.evaluate import evaluate
from training.input_spec import check_size, input_spec
from training.progress import Progress
from training.quiet import load_tensorflow
from training.report.page import REPORT, render
from training.report.story import Story
from training.scored import ScoredFile, judge_tests, score_files
from training.sensitivity import measure_sensitivity
from training.split import Split, split

GOLDEN_IMAGES = 5
VERSIONS_OF = ("linewatch", "tensorflow", "keras", "ai-edge-litert", "numpy", "opencv-python-headless")


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
    image_size: int = 256
    seed: int = 0


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
    normal = scan(layout, progress)
    parts = split(normal.images, request.false_alarm_rate, request.seed, extrapolate=request.extrapolate)
    spec = input_spec(normal, parts, request.image_size, progress)
    _tell(normal, parts, progress)
    load_tensorflow()
    from training.learning import learn  # noqa: PLC0415 - all before this is quick and needs no TensorFlow

    learned = learn(request.autoencoder, request.options, spec, parts, request.seed, progress)
    with draft(request.store, request.stream) as bundle_draft:
        bundle_draft.write(GRAPH, learned.graph)
        bundle_draft.write(GOLDEN, b"{}")
        bundle = Bundle(bundle_draft.path, "draft", _uncalibrated(request, normal, parts, spec, learned.info))
        scored = score_files(Scorer(bundle), [image.path for image in parts.calibration], progress)
        _write_golden(bundle_draft, scored)
        if learned.decoder is not None:
            bundle_draft.write(DECODER, learned.decoder)
            bundle_draft.write(CODES, coded(scored).npz())
        calibration = calibrate(scored, request.false_alarm_rate, extrapolate=request.extrapolate)
        bundle = _with(bundle, calibration=calibration)
        scorer = Scorer(bundle)
        judged = judge_tests(scorer, layout.tests, progress)
        bundle = _with(
            bundle,
            evaluation=evaluate(judged.images) if judged.images else None,
            sensitivity=measure_sensitivity(scorer, scored, request.seed, progress),
        )
        left_out = normal.left_out + judged.left_out
        story = Story(
            data=request.data,
            manifest=bundle.manifest,
            history=learned.history,
            left_out=left_out,
            normals=tuple(scored),
            judged=judged.images,
            seconds=monotonic() - started,
        )
        progress.say("writing the report")
        bundle_draft.write(REPORT, render(story, scorer, learned.views).encode())
        chosen = bundle_draft.seal(bundle.manifest)
    published = Scorer(request.store.bundle(request.stream, chosen)).bundle  # read again as the service will
    if request.store.champion_id(request.stream) is None:
        champions.promote(request.store, request.stream, chosen)
    is_champion = request.store.champion_id(request.stream) == chosen
    return Fitted(published, is_champion, left_out, seconds=monotonic() - started)


def _check(request: FitRequest) -> None:
    """What can be refused before any image is read."""
    request.store.folder(request.stream)
    check_name(request.autoencoder)
    check_size(request.image_size)
    if not 0.0 < request.false_alarm_rate < 1.0:
        raise TrainingError(
            f"expected a false-alarm rate above 0 and below 1, such as 0.01, found {request.false_alarm_rate:g}"
        )


def _tell(normal: NormalSet, parts: Split, progress: Progress) -> None:
    for item in normal.left_out:
        progress.say(f"left out, {item.why}: {item.path} ({item.detail})")
    progress.say(
        f"{len(normal.images)} normal images: {len(parts.fit)} to fit, {len(parts.validation)} for validation, "
        f"{len(parts.calibration)} for calibration"
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
        ),
        seed=request.seed,
        versions={"python": platform.python_version(), **{name: version(name) for name in VERSIONS_OF}},
        files={},
    )


def _with(bundle: Bundle, **changes: Any) -> Bundle:
    return Bundle(bundle.path, bundle.id, bundle.manifest.model_copy(update=changes))


def _write_golden(bundle_draft: Draft, scored: Sequence[ScoredFile]) -> None:
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
