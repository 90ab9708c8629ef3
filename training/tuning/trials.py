"""Trials: many fits on the same split, to compare them."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from service.scoring.input_spec import InputSpec
from service.scoring.name_pattern import NamePattern
from training.autoencoders.registry import check_name
from training.backend.quiet import load_tensorflow
from training.data.exclusions import LeftOut, report_left_out
from training.data.folder import find_layout
from training.data.framing import Framing
from training.data.input_spec import input_spec
from training.data.normal_set import scan
from training.data.preprocessed import PreprocessedImages, preprocess_files
from training.data.split import split_normal_set
from training.progress import Progress, silent
from training.statistics.conformal import smallest_rate

if TYPE_CHECKING:
    import keras

    from training.autoencoders.base import Autoencoder, AutoencoderOptions
    from training.autoencoders.scoring_graph import ScoringGraph
    from training.trainer.targets import Share, TargetSource


@dataclass(frozen=True, slots=True)
class TrialsRequest:
    """What all trials share: the images and the split of the later fit, and options."""

    data: Path
    autoencoder: str = "feature"
    options: dict[str, Any] = field(default_factory=dict)
    false_alarm_rate: float = 0.01
    framing: Framing = field(default_factory=Framing)
    seed: int = 0
    part_from_name: NamePattern | None = None
    """As of a fit."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Fits on one split; calibration images are never used, so that a later threshold owes nothing to the search."""

    request: TrialsRequest
    digest: str
    """Of the normal set."""
    spec: InputSpec
    share: "Share"
    """The images, which of them are trained on, and which validate."""
    left_out: tuple[LeftOut, ...] = ()

    @property
    def validation(self) -> PreprocessedImages:
        """Images that nothing is trained on."""
        return self.share.validation_images

    def options(self, changes: Mapping[str, Any] | None = None) -> "AutoencoderOptions":
        """The request's options with these changes.

        Raises:
            TrainingError: if one of them is wrong.
        """
        from training.autoencoders.registry import checked_options  # noqa: PLC0415 - needs TensorFlow

        return checked_options(self.request.autoencoder, self.request.options | dict(changes or {}))

    def fit(self, changes: Mapping[str, Any]) -> "ScoringGraph":
        """A scoring graph, trained with the request's options and these changes.

        Raises:
            TrainingError: if an option is wrong, or the loss is no longer a number.
        """
        from training.trainer.fitting import fit_graph  # noqa: PLC0415 - needs TensorFlow

        autoencoder = self._new_autoencoder(changes)
        with self._targets(autoencoder) as targets:
            normals = (self.share.fit_images,)
            return fit_graph(autoencoder, self.share, targets, normals, self.request.seed, silent())[0]

    def fit_network(self, changes: Mapping[str, Any]) -> "tuple[Autoencoder[Any], keras.Model]":
        """As `fit`, but the network alone, without the statistics of its residuals.

        Raises:
            TrainingError: as `fit`.
        """
        from training.trainer.fitting import fit_network  # noqa: PLC0415 - needs TensorFlow

        autoencoder = self._new_autoencoder(changes)
        with self._targets(autoencoder) as targets:
            return autoencoder, fit_network(autoencoder, self.share, targets, self.request.seed, silent())[0]

    def _targets(self, autoencoder: "Autoencoder[Any]") -> "AbstractContextManager[TargetSource]":
        from training.trainer.targets import targets_of  # noqa: PLC0415 - needs TensorFlow

        autoencoder.fit_statistics(self.share.fit_images)
        return targets_of(autoencoder, self.share.images, self.request.seed, silent())

    def _new_autoencoder(self, changes: Mapping[str, Any]) -> "Autoencoder[Any]":
        import keras  # noqa: PLC0415 - needs TensorFlow

        from training.autoencoders.registry import find  # noqa: PLC0415 - the same

        gc.collect()
        keras.backend.clear_session()  # the fits before would stay in memory
        kind, options = find(self.request.autoencoder), self.options(changes)
        return kind(options, self.spec, kind.usual_precision(options))


@contextmanager
def trials(request: TrialsRequest, progress: Progress) -> Iterator[Trials]:
    """Scan and split the images as a fit would, and preprocess them once for all trials.

    Raises:
        TrainingError: if the request or the images cannot be used.
    """
    check_name(request.autoencoder)
    layout = find_layout(request.data)
    load_tensorflow()
    from training.autoencoders.registry import checked_options  # noqa: PLC0415 - needs TensorFlow
    from training.trainer.targets import Share  # noqa: PLC0415 - the same

    checked_options(request.autoencoder, request.options)
    normal = scan(layout, progress, request.part_from_name)
    report_left_out(normal.left_out, progress)
    # A fit in folds takes half as many images as a split at the same rate: what is searched on must not refuse them.
    rate = max(request.false_alarm_rate, smallest_rate(normal.parts))
    split = split_normal_set(normal.images, rate, request.seed)
    spec = input_spec(normal, split, request.framing, progress)
    with TemporaryDirectory(prefix="linewatch-trials-", ignore_cleanup_errors=True) as folder:
        images = preprocess_files((*split.fit, *split.validation), spec, Path(folder), "normal", progress)
        fit, validation = np.split(np.arange(len(images)), [len(split.fit)])
        yield Trials(request, normal.digest, spec, Share(images, fit, validation), normal.left_out)
