"""The search space of `linewatch-train search`: options of an autoencoder and the steps to try."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from training.autoencoders.base import AutoencoderOptions, Step
from training.errors import TrainingError

Space = Mapping[str, Sequence[Step]]
"""Option -> steps: numbers in ascending order, or names to choose from."""


def space_of(options: AutoencoderOptions, fixed: Sequence[str], wanted: Sequence[str] = ()) -> dict[str, list[Step]]:
    """The steps of every option that is `searchable`, but for those that are fixed.

    What an option is without a search is one of its steps, so that the search cannot end with less.

    Args:
        options: as they are without a search.
        fixed: options that the user has set.
        wanted: only these, or all if empty.

    Raises:
        TrainingError: if an option that is wanted cannot be searched, or none is left.
    """
    possible = {name: steps for name, steps in options.searchable().items() if steps and name not in fixed}
    if unknown := [name for name in wanted if name not in possible]:
        raise TrainingError(
            f"expected --tune to name options that can be searched ({', '.join(possible) or 'none is left'}), "
            f"found {', '.join(unknown)}"
        )
    if not possible:
        raise TrainingError("expected an option to search, found all of them set; leave one out of --options")
    chosen = {name: possible[name] for name in wanted or possible}
    return {name: _with_default(steps, getattr(options, name)) for name, steps in chosen.items()}


def points(space: Space) -> Iterator[dict[str, Step]]:
    """All combinations of steps."""
    for values in itertools.product(*space.values()):
        yield dict(zip(space, values, strict=True))


def _with_default(steps: Sequence[Step], default: Step) -> list[Step]:
    if isinstance(default, str):
        return list(dict.fromkeys([default, *steps]))
    return sorted({default, *steps}, key=float)
