"""`python -m deploy.benchmarks.option_pairs`: does every pair of an autoencoder's options learn something?"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import numpy as np

from deploy.benchmarks.datasets import find_sets
from deploy.devtools.results import write_figures
from service.scoring.input_spec import InputSpec
from training.backend.quiet import load_tensorflow
from training.calibration.learnt import check_learnt
from training.data.folder import find_layout
from training.data.framing import Framing
from training.data.input_spec import input_spec
from training.data.normal_set import scan
from training.data.preprocessed import PreprocessedImages, WholeSet, batches, preprocess_files
from training.data.split import Split
from training.errors import TrainingError
from training.progress import Progress, silent

if TYPE_CHECKING:  # it loads TensorFlow
    from training.autoencoders.base import AutoencoderOptions
    from training.autoencoders.scoring_graph import ScoringGraph

SIDE = 64
"""Pixels of the input, a side; of some autoencoders, SIDES."""

SIDES = {"feature": 96, "denoising": 32, "sparse": 32}
"""`feature` needs larger images; those with the most options would take longest."""

IMAGES, UNSEEN = 60, 20
"""Normal images in all, and of these not learnt."""

NOT_VARIED = ("preset", "backbone")
"""A preset is other options together; other frozen networks have to be fetched."""

BESIDE: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "feature": {"maps": (("anywhere3", "place6"),), "even": (0.0, 1.0), "clusters": (1,), "shrinkage": (1.0,)}
}
"""Values worth trying that nothing else declares."""

FIGURES = Path("build/bench-options.json")

Options = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tried:
    """One fit with two options changed."""

    autoencoder: str
    options: Options
    learnt: bool | None
    """None where the two do not go together, and are refused before anything is fitted."""
    says: str
    """Why not."""
    follows: float
    """The correlation of reconstructions and images."""
    epochs: int = 0
    """Of the fit that this is said of; 0 without one."""


def main() -> None:
    """Fit, print the table, write the figures; a user's mistake ends with one sentence and status 2."""
    load_tensorflow()
    from training.autoencoders.registry import check_name, names  # noqa: PLC0415 - needs TensorFlow

    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.option_pairs")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=["mvtec_bottle"], help="names of sets (default: mvtec_bottle)")
    parser.add_argument("--autoencoders", nargs="*", default=names(), help="default: all")
    parser.add_argument(
        "--epochs", nargs="+", type=int, default=[3, 20], help="what learnt nothing is fitted with the next number, too"
    )
    arguments = parser.parse_args()
    tried: list[Tried] = []
    try:
        for name in arguments.autoencoders:
            check_name(name)
            for path in find_sets(arguments.data, arguments.sets, {}):
                for each in measure(path, name, arguments.epochs, Progress()):
                    tried.append(each)
                    write_figures(FIGURES, {"epochs": arguments.epochs, "tried": [asdict(one) for one in tried]})
    except TrainingError as error:
        sys.exit(f"bench-options: {error}")
    print(table(tried))


def measure(path: Path, name: str, epochs: Sequence[int], progress: Progress) -> Iterator[Tried]:
    """All pairs of options of an autoencoder, each fitted on a few images of a set, with more epochs if need be.

    Raises:
        TrainingError: if the set cannot be used.
    """
    from training.autoencoders.registry import checked_options, find  # noqa: PLC0415 - needs TensorFlow

    layout = find_layout(path)
    normal = scan(replace(layout, normal=layout.normal[:IMAGES]), silent())
    files = normal.images
    side = SIDES.get(name, SIDE)
    spec = input_spec(normal, Split(files, (), ()), Framing((side, side)), silent())
    pairs = list(option_pairs(values_of(find(name).options_type(), BESIDE.get(name, {}))))
    with TemporaryDirectory(prefix="linewatch-options-") as folder:
        images = preprocess_files(files, spec, Path(folder), "normal", silent())
        for pair in progress.track(pairs, f"{name} on {path.name}", len(pairs)):
            for number in epochs:
                try:
                    options = checked_options(name, {"epochs": number, **pair})
                except TrainingError as error:
                    tried = Tried(name, pair, None, str(error), 0.0)
                else:
                    tried = _tried(name, pair, options, spec, images)
                if tried.learnt is not False:
                    break
            yield tried


def _tried(name: str, pair: Options, options: "AutoencoderOptions", spec: InputSpec, images: WholeSet) -> Tried:
    from training.trainer.learnt import follows  # noqa: PLC0415 - needs TensorFlow

    unseen = images[-min(UNSEEN, len(images) // 2) :]
    found = 0.0
    try:
        graph = _fitted(name, options, spec, images, len(images) - len(unseen))
        found = follows(graph, unseen, 0)
        check_learnt(_scores(graph, unseen), found, options.model_dump())
    except TrainingError as error:
        return Tried(name, pair, False, str(error), found, options.epochs)
    return Tried(name, pair, True, "", found, options.epochs)


def _fitted(name: str, options: "AutoencoderOptions", spec: InputSpec, images: WholeSet, known: int) -> "ScoringGraph":
    import keras  # noqa: PLC0415 - takes seconds

    from training.autoencoders.registry import find  # noqa: PLC0415 - needs TensorFlow
    from training.trainer.fitting import fit_graph  # noqa: PLC0415 - the same
    from training.trainer.targets import Share, targets_of  # noqa: PLC0415 - the same

    keras.backend.clear_session()  # or the graphs of all fits before stay in memory
    share = Share(images, np.arange(known)[known // 10 :], np.arange(known)[: known // 10])
    autoencoder = find(name)(options, spec)
    autoencoder.fit_statistics(share.fit_images)
    with targets_of(autoencoder, images, 0, silent()) as targets:
        return fit_graph(autoencoder, share, targets, (share.fit_images, share.validation_images), 0, silent())[0]


def _scores(graph: "ScoringGraph", images: PreprocessedImages) -> list[float]:
    import tensorflow as tf  # noqa: PLC0415 - takes seconds

    return [float(score) for batch in batches(images) for score in graph(tf.constant(batch))["score"]]


def values_of(options: "AutoencoderOptions", beside: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Other values of each option: all that are named, yes for no, both ends of what a search tries; and `beside`."""
    searched = options.searchable()
    found: dict[str, list[Any]] = {}
    for name, field in type(options).model_fields.items():
        default = getattr(options, name)
        named = [value for part in (field.annotation, *get_args(field.annotation)) for value in _named(part)]
        ends = [steps[0], steps[-1]] if (steps := searched.get(name, ())) else []
        values = [not default] if field.annotation is bool else [*named, *ends, *beside.get(name, ())]
        if others := [value for value in values if value != default]:
            found[name] = others
    return {name: values for name, values in found.items() if name not in NOT_VARIED}


def _named(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def option_pairs(values: Mapping[str, Sequence[Any]]) -> Iterator[Options]:
    """Each value of each option with each of every other."""
    for one, other in combinations(values, 2):
        yield from ({one: first, other: second} for first in values[one] for second in values[other])


def table(tried: Sequence[Tried]) -> str:
    """Markdown: of each autoencoder how many pairs learnt something; and each that did not, with what was said."""
    epochs = sorted({each.epochs for each in tried if each.learnt})
    learnt = "".join(f" learnt in {number} epochs |" for number in epochs)
    lines = [
        f"| autoencoder | pairs | do not go together |{learnt} learnt nothing |",
        f"|---|---|---|{'---|' * len(epochs)}---|",
    ]
    for name in dict.fromkeys(each.autoencoder for each in tried):
        own = [each for each in tried if each.autoencoder == name]
        apart, nothing = (sum(each.learnt is kind for each in own) for kind in (None, False))
        counts = [sum(each.learnt is True and each.epochs == number for each in own) for number in epochs]
        lines.append(f"| {' | '.join([name, *map(str, (len(own), apart, *counts, nothing))])} |")
    refused = [each for each in tried if each.learnt is False]
    lines += ["", *(f"- {each.autoencoder} {_written(each.options)}: {each.says}" for each in refused)]
    return "\n".join(lines).rstrip()


def _written(options: Options) -> str:
    return " ".join(f"{name}={value}" for name, value in options.items())


if __name__ == "__main__":
    main()
