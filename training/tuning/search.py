"""Hyperparameter search over an autoencoder's options, with Optuna or over a grid."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import NullPool
from sqlalchemy.exc import DatabaseError

from training.autoencoders.base import Step
from training.errors import TrainingError
from training.progress import Progress
from training.tuning.objective import synthetic_defect_auroc
from training.tuning.search_space import Space, points, space_of
from training.tuning.trials import Trials


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """How to search: on a grid of all combinations of steps, or as TPE suggests."""

    name: str
    """Name of the study in its storage."""
    storage: Path
    grid: bool = False
    trials: int | None = None
    """Maximum number, those of earlier runs included; None for the whole grid, or for USUAL_TRIALS."""
    tune: Sequence[str] = ()


USUAL_TRIALS = 30


@dataclass(frozen=True, slots=True)
class Trial:
    """One finished trial: its options, and the AUROC of synthetic defects."""

    options: dict[str, Step]
    auroc: float


def search(trials: Trials, request: SearchRequest, progress: Progress) -> list[Trial]:
    """Run a study, or the rest of one, and return all its finished trials in order.

    TPE is the tree-structured Parzen estimator: Bergstra et al., "Algorithms for Hyper-Parameter Optimization",
    NeurIPS (2011). Its first trial is the options as they are without a search.

    Raises:
        TrainingError: if the options or the study cannot be used, or not one trial finishes.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = space_of(trials.options(), tuple(trials.request.options), request.tune)
    start = defaults(trials, space)
    with _study(trials, request, space) as study:
        done = _finished(study)
        asked: list[dict[str, Step]] = list(points(space)) if request.grid else [start]
        open_points = [point for point in asked if point not in [each.options for each in done]]
        whole = len(done) + len(open_points)
        total = min(request.trials or whole, whole) if request.grid else request.trials or USUAL_TRIALS
        _run(study, trials, space, open_points, max(0, total - len(done)), progress)
        finished = _finished(study)
    if not finished:
        raise TrainingError(
            "expected a trial to finish, found that the loss of each ended as no number; fit by hand first"
        )
    return finished


def defaults(trials: Trials, names: Iterable[str]) -> dict[str, Step]:
    """The values of these options without a search."""
    options = trials.options()
    return {name: getattr(options, name) for name in names}


def best_of(tried: Sequence[Trial]) -> Trial:
    """The one with the highest AUROC, the first of several."""
    return max(tried, key=lambda each: each.auroc)


def _run(
    study: optuna.Study,
    trials: Trials,
    space: Space,
    open_points: Sequence[dict[str, Step]],
    count: int,
    progress: Progress,
) -> None:
    """Run `count` trials: first the given points, then what the sampler suggests."""
    with progress.steps("searching", count) as step:
        for number in range(count):
            if number < len(open_points):
                study.enqueue_trial(open_points[number])
            trial = study.ask()
            options = _suggested(trial, space)
            try:
                auroc = synthetic_defect_auroc(trials.fit(options), trials.validation, trials.request.seed)
            except TrainingError:  # the loss is no longer a number: these options are no good
                study.tell(trial, state=TrialState.FAIL)
            except BaseException:
                study.tell(trial, state=TrialState.FAIL)
                raise
            else:
                study.tell(trial, auroc)
            step(_note(study, options))


def _suggested(trial: optuna.Trial, space: Space) -> dict[str, Step]:
    """What the sampler chooses: anything between the first and the last step, in ratios where that is possible."""
    chosen: dict[str, Step] = {}
    for name, steps in space.items():
        low, high = steps[0], steps[-1]
        if isinstance(low, str) or isinstance(high, str):
            chosen[name] = trial.suggest_categorical(name, [str(step) for step in steps])
        elif isinstance(low, int) and isinstance(high, int):
            chosen[name] = trial.suggest_int(name, low, high, log=low > 0)
        else:
            chosen[name] = trial.suggest_float(name, low, high, log=low > 0)
    return _rounded(chosen)


def _rounded(options: Mapping[str, Step]) -> dict[str, Step]:
    """Numbers rounded to four digits, which people can type; these are tried, not the sixteen of the sampler."""
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in options.items()}


def _note(study: optuna.Study, options: Mapping[str, Step]) -> str:
    tried = _finished(study)
    best = f"best {best_of(tried).auroc:.4f}; " if tried else ""
    return best + ", ".join(f"{name}={value}" for name, value in options.items())


def _finished(study: optuna.Study) -> list[Trial]:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [Trial(_rounded(trial.params), trial.value) for trial in complete if trial.value is not None]


@contextmanager
def _study(trials: Trials, request: SearchRequest, space: Space) -> Iterator[optuna.Study]:
    """The study in its file, new or resumed.

    Raises:
        TrainingError: if the file is no storage of studies, or the study was begun with other images or options.
    """
    try:
        # Without a pool no connection stays open, not even when Optuna refuses the file.
        storage = RDBStorage(f"sqlite:///{request.storage}", engine_kwargs={"poolclass": NullPool})
    except (DatabaseError, RuntimeError) as error:
        raise TrainingError(
            f"expected to store the study in {request.storage}, found that it is no file of Optuna's or cannot be "
            "written; give another --storage"
        ) from error
    try:
        study = optuna.create_study(storage=storage, study_name=request.name, direction="maximize", load_if_exists=True)
        # Another seed for every start: the same one would suggest the same first trials again.
        study.sampler = optuna.samplers.TPESampler(seed=trials.request.seed + len(study.get_trials(deepcopy=False)))
        setting = _setting(trials, space)
        earlier = study.user_attrs.get("setting", setting)
        if differing := [name for name in setting if earlier.get(name) != setting[name]]:
            raise TrainingError(
                f"expected the study {request.name} in {request.storage} to be of the same images and options, found "
                f"other {', '.join(differing)}; give another --storage"
            )
        study.set_user_attr("setting", setting)
        yield study
    finally:
        storage.remove_session()


def _setting(trials: Trials, space: Space) -> dict[str, Any]:
    """The settings that trials must share to be comparable, as they come back from JSON."""
    request = trials.request
    setting = {
        "images": trials.digest,
        "autoencoder": request.autoencoder,
        "options": request.options,
        "input": trials.spec.model_dump(mode="json", exclude={"fitted_on"}),
        "false-alarm rate": request.false_alarm_rate,
        "seed": request.seed,
        "options to tune": {name: list(steps) for name, steps in space.items()},
    }
    return dict(json.loads(json.dumps(setting)))
