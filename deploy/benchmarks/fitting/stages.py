"""`python -m deploy.benchmarks.fitting.stages`: where the time of a fit of 200 images goes.

Fits once on the demo's rendered line under Python's profiler, which counts the seconds that pass. Prints one Markdown
table; the same figures go to build/bench-fit.json.
"""

import argparse
import pstats
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploy.demo.renderer.render import write_line
from deploy.devtools.commands.program import program
from deploy.devtools.errors import DemoError
from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD, CACHE
from deploy.devtools.results import write_figures

IMAGES, SIDE = 200, 256

Seconds = Mapping[tuple[str, str], float]
"""(File, function) -> seconds within it and all that it calls."""


@dataclass(frozen=True)
class Stage:
    """A function as `module:name`, and those within it that are stages of their own."""

    name: str
    function: str
    without: tuple[str, ...] = ()

    def seconds(self, found: Seconds) -> float:
        return _of(self.function, found) - sum(_of(each, found) for each in self.without)


SCAN = "training.data.normal_set:scan"
DUPLICATES = "training.data.duplicate_groups:group"
PREPROCESS = "training.data.preprocessed:preprocess_files"
STATISTICS = "training.autoencoders.feature:fit_statistics"
TARGETS = "training.trainer.target_cache:cache_targets"
TRAIN = "training.trainer.loop:train"
FINISH = "training.autoencoders.feature:finish"
RESIDUALS = "training.autoencoders.components.residual_cache:keep_residuals"
GRAPH = "training.trainer.trainer:train_graph"
FIT = "training.pipelines.fit:fit"
SCORE = "training.evaluation.scored_images:score_images"
TESTS = "training.evaluation.scored_images:judge_tests"
DRIFT = "training.calibration.drift_limits:find_limits"
SENSITIVITY = "training.evaluation.sensitivity:measure_sensitivity"
REPORT = "training.report.page:render"
TENSORFLOW = "training.backend.quiet:load_tensorflow"

STAGES = (
    Stage("loading TensorFlow", TENSORFLOW),
    Stage("reading and checking the images", SCAN, (DUPLICATES,)),
    Stage("near-duplicates", DUPLICATES),
    Stage("decoding to the graph's input", PREPROCESS),
    Stage("quantising the backbone, statistics of its features", STATISTICS),
    Stage("features of augmented images", TARGETS),
    Stage("the autoencoder, of the whole and of each fold", TRAIN),
    Stage("residuals", RESIDUALS),
    Stage("gaussians, and which of them count", FINISH, (RESIDUALS,)),
    Stage("exporting and proving the graph", GRAPH, (PREPROCESS, STATISTICS, TARGETS, TRAIN, FINISH)),
    Stage("scoring the calibration images", SCORE),
    Stage("scoring the test images", TESTS),
    Stage("limits of the drift alarms", DRIFT),
    Stage("synthetic defects", SENSITIVITY),
    Stage("the report", REPORT),
    Stage("the rest", FIT, (TENSORFLOW, SCAN, GRAPH, SCORE, TESTS, DRIFT, SENSITIVITY, REPORT)),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the table, write the figures; a fit that fails ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.fitting.stages", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES, help="normal images")
    parser.add_argument("--figures", type=Path, default=BUILD / "bench-fit.json", help="file of figures")
    options = parser.parse_args(arguments)
    try:
        found = profile_of_a_fit(options.images)
    except DemoError as error:
        print(f"bench-fit: {error}", file=sys.stderr)
        return 2
    rows = {stage.name: round(stage.seconds(found), 2) for stage in STAGES}
    rows["all"] = round(_of(FIT, found), 2)
    print("| stage of a fit | seconds |\n|---|---:|")
    print("\n".join(f"| {name} | {seconds:.1f} |" for name, seconds in rows.items()))
    machine = machine_block()
    about = f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}"
    print(f"\n{about}, {options.images} images of {SIDE} x {SIDE} pixels")
    write_figures(options.figures, {"images": options.images, "seconds": rows})
    return 0


def profile_of_a_fit(images: int) -> Seconds:
    """Fit under the profiler, in a process of its own.

    Raises:
        DemoError: if the fit fails.
    """
    line = CACHE / "bench" / f"line-{images}"
    if not (line / "test").is_dir():
        write_line(line, seed=0, size=SIDE, train_good=images, test_good=20, per_defect=4)
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        command: list[str | Path] = [sys.executable, "-m", "cProfile", "-o", profile, program("linewatch-train"), "fit"]
        command += [line, "--store", Path(folder) / "store", "--stream", "flange", "--image-size", str(SIDE)]
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
            raise DemoError("expected linewatch-train fit to end well, found that it did not; see above")
        stats = pstats.Stats(str(profile)).stats  # type: ignore[attr-defined] # typeshed has it not
        return {(file, name): timing[3] for (file, _, name), timing in stats.items()}


def _of(function: str, found: Seconds) -> float:
    module, _, name = function.partition(":")
    spec = find_spec(module)
    return found.get((str(spec.origin), name), 0.0) if spec else 0.0


if __name__ == "__main__":
    sys.exit(main())
