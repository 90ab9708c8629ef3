"""`python -m deploy.benchmarks.detection`: image AUROC of autoencoders and two baselines on real defects."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import monotonic
from types import MappingProxyType
from typing import get_args

import numpy as np

from deploy.benchmarks.datasets import find_sets
from deploy.benchmarks.models import BASELINES, Model, read_models
from deploy.benchmarks.result_cache import Case, Row, basis, measure
from deploy.benchmarks.speed_curve import GraphSpeed, graph_speeds, keep_graph, mean_auroc, write_curve
from deploy.devtools.machine import machine_block
from service.scoring.bundle import GRAPH, Bundle, BundleError, BundleStore
from service.scoring.decoding import decode
from service.scoring.graph import ImagePrediction, Prediction
from service.scoring.manifest import Evaluation, Precision
from service.scoring.preprocessing import preprocess
from service.scoring.scorer import Scorer
from service.scoring.verdict import decide
from service.scoring.window import window
from training.backend.quiet import load_tensorflow
from training.calibration.threshold import calibrate
from training.data.folder import TestImage, find_layout
from training.data.input_spec import input_spec
from training.data.normal_set import scan
from training.data.pixels import LIMITS
from training.data.preprocessed import preprocess_files
from training.data.split import split_normal_set
from training.errors import TooFewImages, TrainingError
from training.evaluation.evaluate import evaluate
from training.evaluation.packed_mask import PackedMask
from training.evaluation.scored_images import JudgedImage, ScoredImage
from training.evaluation.usable_mask import usable_mask
from training.pipelines.fit import fit
from training.pipelines.fit_request import FitRequest
from training.progress import Progress
from training.statistics.conformal import smallest_rate

PRECISIONS = get_args(Precision)

Column = tuple[Model, Precision]
"""A column of the table: a model, and the precision that it computes in."""

RATE = 0.05
"""The false-alarm budget, or the smallest that a set has enough parts for. Only the threshold depends on it."""

MODELS = ("conv", "feature", "feature:even=1", *BASELINES)
"""Measured unless others are asked for: `feature` with what its weights learn from synthetic defects, and without."""

TIMED = 50
"""Images scored to time one."""


def main() -> None:
    """Measure, print the table, write the figures; a user's mistake ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.detection")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=[], help="names of sets (default: all of the folder)")
    parser.add_argument(
        "--models",
        nargs="*",
        default=MODELS,
        help="autoencoders and baselines, with options as in feature:maps=place4+place5",
    )
    parser.add_argument("--precisions", nargs="*", choices=PRECISIONS, help="of autoencoders (default: the usual one)")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--fresh", action="store_true", help="measure again what earlier runs have measured")
    arguments = parser.parse_args()
    try:
        sets = find_sets(arguments.data, arguments.sets, {})
        models = columns(read_models(arguments.models), arguments.precisions)
        progress = Progress()
        wanted = cases(sets, models, arguments.seeds)
        rows = list(measure(wanted, lambda case: row(case, progress), fresh=arguments.fresh))
    except (TrainingError, BundleError) as error:
        sys.exit(f"bench-detection: {error}")
    speeds = graph_speeds(rows)
    write_curve(rows, speeds)
    print(table(rows, speeds))


def columns(models: Sequence[Model], precisions: Sequence[Precision] | None) -> list[Column]:
    """Every autoencoder in every precision, or its usual one; the baselines are never exported, and have float32."""
    alone: list[Precision] = ["float32"]
    return [
        (model, precision)
        for model in models
        for precision in (alone if model.is_baseline else precisions or [_usual(model)])
    ]


def _usual(model: Model) -> Precision:
    load_tensorflow()
    from training.autoencoders.registry import checked_options, find  # noqa: PLC0415 - needs TensorFlow

    return find(model.name).usual_precision(checked_options(model.name, model.options))


def cases(sets: Sequence[Path], models: Sequence[Column], seeds: Sequence[int]) -> list[Case]:
    """Every model on every set with every seed."""
    return [
        Case(path, model, precision, seed, rests_on)
        for path, rests_on in [(path, basis(path)) for path in sets]
        for seed in seeds
        for model, precision in models
    ]


def row(case: Case, progress: Progress) -> Row:
    """Fit and evaluate one model on one set.

    Raises:
        TrainingError: if the set cannot be used.
    """
    progress.say(f"{case.path.name}: {case.model.title} in {case.precision}, seed {case.seed}")
    return (_baseline if case.model.is_baseline else _product)(case, progress)


def table(rows: Sequence[Row], speeds: Mapping[tuple[str, str], GraphSpeed] = MappingProxyType({})) -> str:
    """Markdown: image AUROC of each set (rows) and model (columns), the mean over seeds; then the means over sets.

    `speeds`, by model and precision, give two more rows: milliseconds and multiply-adds of the graphs.
    """
    models = list(dict.fromkeys((row.model, row.precision) for row in rows))
    sets = list(dict.fromkeys(row.set for row in rows))
    titles = [model if precision == "float32" else f"{model}, {precision}" for model, precision in models]
    lines = [f"| image AUROC | {' | '.join(titles)} |", f"|---|{'---|' * len(models)}"]
    lines += [f"| {name} | {' | '.join(_mean(rows, name, model) for model in models)} |" for name in sets]
    lines.append(f"| mean | {' | '.join(_mean(rows, None, model) for model in models)} |")
    of = {model: [row for row in rows if (row.model, row.precision) == model] for model in models}
    seconds = (f"{mean(row.fit_seconds for row in of[model]):.0f}" for model in models)
    lines.append(f"| fit, seconds | {' | '.join(seconds)} |")
    times = ([row.score_ms for row in of[model] if row.score_ms is not None] for model in models)
    lines.append(f"| score, ms an image | {' | '.join(f'{median(each):.1f}' if each else '-' for each in times)} |")
    if speeds:
        known = [speeds.get(model) for model in models]
        lines.append(f"| graph, ms on one thread | {' | '.join(f'{each.ms:.2f}' if each else '-' for each in known)} |")
        millions = (f"{each.multiply_adds / 1e6:.0f}" if each else "-" for each in known)
        lines.append(f"| million multiply-adds | {' | '.join(millions)} |")
    return "\n".join(lines)


def _mean(rows: Sequence[Row], name: str | None, model: tuple[str, str]) -> str:
    found = mean_auroc(rows, model, name)
    return "-" if found is None else f"{found:.3f}"


def _product(case: Case, progress: Progress) -> Row:
    """As `linewatch-train fit` does it, in a store of its own."""
    path = case.path
    with TemporaryDirectory() as folder:
        request = FitRequest(
            data=path,
            stream=path.name,
            store=BundleStore(Path(folder)),
            autoencoder=case.model.name,
            options=case.model.options,
            framing=case.model.framing,
            false_alarm_rate=RATE,
            precision=case.precision,
            seed=case.seed,
        )
        try:
            fitted = fit(request, progress)
        except TooFewImages as few:
            fitted = fit(replace(request, false_alarm_rate=few.smallest_false_alarm_rate), progress)
        size = sum(file.stat().st_size for file in fitted.bundle.path.rglob("*") if file.is_file())
        milliseconds = _score_ms(fitted.bundle)
        keep_graph(case, (fitted.bundle.path / GRAPH).read_bytes())
    found = fitted.bundle.manifest.evaluation
    if found is None:
        raise TrainingError(f"expected test images in {path / 'test'}, found none")
    return _row(case, found, fitted.seconds, size, milliseconds)


def _score_ms(bundle: Bundle) -> float:
    """Milliseconds that one image takes in the bundle's graph: the median of TIMED."""
    scorer = Scorer(bundle, threads=int(os.environ.get("TF_NUM_INTRAOP_THREADS", "0")) or os.cpu_count() or 1)
    data, _ = next(iter(bundle.golden()))
    image = preprocess(decode(data, LIMITS), scorer.input)
    taken = []
    for _ in range(TIMED):
        started = monotonic()
        scorer.run(image)
        taken.append(monotonic() - started)
    return round(1000.0 * median(taken), 2)


def _baseline(case: Case, progress: Progress) -> Row:
    """The same split, images, features and score; no bundle is written."""
    load_tensorflow()
    import tensorflow as tf  # noqa: PLC0415 - takes ten seconds

    from deploy.benchmarks.baselines import Gaussian, NearestNeighbour  # noqa: PLC0415 - needs TensorFlow
    from training.autoencoders.components.feature_options import FeatureOptions  # noqa: PLC0415 - the same
    from training.autoencoders.scoring_graph import ScoringGraph  # noqa: PLC0415 - the same
    from training.backend.tensors import traced  # noqa: PLC0415 - the same

    started = monotonic()
    layout = find_layout(case.path)
    normal = scan(layout, progress)
    rate = max(RATE, smallest_rate(normal.parts))
    split = split_normal_set(normal.images, rate, case.seed)
    spec = input_spec(normal, split, case.model.framing, progress)
    with TemporaryDirectory() as folder:
        normals = [
            preprocess_files(images, spec, Path(folder), name, progress)
            for name, images in (("fit", split.fit), ("validation", split.validation))
        ]
        kind = Gaussian if case.model.name == "gaussian" else NearestNeighbour
        baseline = kind(FeatureOptions.model_validate(case.model.options), spec)
        baseline.fit_statistics(normals[0])
        network = baseline.build()
        baseline.finish(network, *normals)
        score = traced(ScoringGraph(baseline, network).__call__)

        def scored(file: Path) -> ImagePrediction:
            image = decode(file.read_bytes(), LIMITS)
            pixels = preprocess(image, spec)
            out = score(tf.constant(pixels[np.newaxis]))
            made = Prediction(float(out["score"][0]), out["anomaly_map"][0].numpy())
            size = (image.shape[0], image.shape[1])
            return ImagePrediction(made, pixels, size, window(size, spec))

        held = [ScoredImage.of(str(image.path), scored(image.path)) for image in split.calibration]
        calibration = calibrate(held, rate)
        seconds = monotonic() - started

        def judged(test: TestImage) -> JudgedImage:
            found = scored(test.path)
            mask = usable_mask(test, found.size)
            decision = decide(found.prediction.score, calibration)
            return JudgedImage(
                test.kind,
                test.is_defect,
                found.prediction,
                decision,
                found.size,
                mask if isinstance(mask, PackedMask) else None,
            )

        found = evaluate([judged(test) for test in progress.track(layout.tests, "scoring", len(layout.tests))])
    return _row(case, found, seconds, None, None)


def _row(case: Case, found: Evaluation, seconds: float, size: int | None, milliseconds: float | None) -> Row:
    return Row(
        set=case.path.name,
        model=case.model.title,
        precision=case.precision,
        seed=case.seed,
        image_auroc=found.image_auroc,
        average_precision=found.average_precision,
        tpr_at_fpr_1pct=found.tpr_at_fpr_1pct,
        auroc_by_kind=found.auroc_by_kind,
        aupro_30=found.aupro_30,
        aupro_5=found.aupro_5,
        fit_seconds=round(seconds, 1),
        bundle_bytes=size,
        score_ms=milliseconds,
        basis=case.basis,
        machine=machine_block(),
    )


if __name__ == "__main__":
    main()
