"""Models of a benchmark: autoencoders or baselines by name, or variants with other options."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from training.autoencoders.components.speeds import preset
from training.autoencoders.registry import names
from training.backend.quiet import load_tensorflow
from training.data.framing import Framing
from training.errors import TrainingError

BASELINES = ("gaussian", "nearest_neighbour")


@dataclass(frozen=True, slots=True)
class Model:
    """`title` is its name in MODELS= and in the table: `feature`, or `feature:speed=fast,rank=4`."""

    title: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    framing: Framing = field(default_factory=Framing)

    @property
    def is_baseline(self) -> bool:
        """Baselines have the options of `feature`."""
        return self.name in BASELINES


def read_models(titles: Sequence[str]) -> list[Model]:
    """Models by their titles; options are checked as those of `linewatch-train fit` are.

    Raises:
        TrainingError: if there is no such model, or an option is wrong.
    """
    models = [_read(title) for title in titles]
    for model in models:
        if model.name not in (*names(), *BASELINES):
            raise TrainingError(
                f"expected models among {', '.join([*names(), *BASELINES])}, found {model.title}; "
                "a variant is written as model:option=value,option=value"
            )
    variants = [model for model in models if model.options]
    if variants:
        load_tensorflow()
        from training.autoencoders.registry import checked_options  # noqa: PLC0415 - needs TensorFlow

        for model in variants:
            checked_options("feature" if model.is_baseline else model.name, model.options)
    return models


def _read(title: str) -> Model:
    name, colon, rest = title.partition(":")
    if not colon:
        return Model(title, name)
    pairs = [pair.partition("=") for pair in rest.split(",")]
    if not all(option and equals and value for option, equals, value in pairs):
        raise TrainingError(f"expected a variant written as model:option=value,option=value, found {title}")
    options: dict[str, Any] = {option: value for option, _, value in pairs}
    speed = preset(options.pop("speed", None), "feature" if name in BASELINES else name)
    return Model(title, name, speed.completed(options))
