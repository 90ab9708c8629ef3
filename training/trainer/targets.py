"""Where the targets that a network is trained on come from: made again for each batch, or kept on disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.autoencoders.base import Autoencoder
from training.backend.tensors import Tensor, normalised
from training.data.preprocessed import PreprocessedImages, WholeSet
from training.data.selected import Selected
from training.progress import Progress
from training.trainer.augmentation import augment
from training.trainer.target_cache import cache_targets

Numbers = NDArray[np.intp]
"""Of images in a set, by which a share of it is chosen."""

Rows = Callable[[Tensor, Tensor], Tensor]
"""Row numbers, int64 [batch], and a seed, int64 [2], to their targets."""


@dataclass(frozen=True)
class Share:
    """Images to train on and to validate with, of a set uint8 [n, height, width, channels], by their numbers in it."""

    images: WholeSet
    fit: Numbers
    validation: Numbers

    @property
    def fit_images(self) -> Selected:
        return Selected(self.images, self.fit)

    @property
    def validation_images(self) -> Selected:
        return Selected(self.images, self.validation)


@dataclass(frozen=True)
class Targets:
    """Where targets come from, in training and in validation, and how many there are to choose from."""

    images: int
    """To train on; an epoch goes once through them."""
    fit: Rows
    rows: int
    validation: Rows
    validation_rows: int


class TargetSource(Protocol):
    """Gives the targets of any share of a set of images."""

    def of(self, share: Share) -> Targets:
        """Those of the share's images."""


@dataclass(frozen=True)
class Made:
    """Targets that are made again for each batch."""

    autoencoder: Autoencoder[Any]

    def of(self, share: Share) -> Targets:
        def augmented(rows: Tensor, moment: Tensor) -> Tensor:
            pixels = _read(share.fit_images, rows)
            return self.autoencoder.target(augment(pixels, moment) if self.autoencoder.options.augment else pixels)

        def plain(rows: Tensor, _: Tensor) -> Tensor:
            return self.autoencoder.target(_read(share.validation_images, rows))

        number = len(share.fit)
        return Targets(number, augmented, number, plain, len(share.validation))


@dataclass(frozen=True)
class Kept:
    """Targets that were made once: as they are, [n, …], and of augmented copies of the images, [copies x n, …]."""

    plain: NDArray[np.float16]
    augmented: NDArray[np.float16]

    def of(self, share: Share) -> Targets:
        copies = np.concatenate([share.fit + first for first in range(0, len(self.augmented), len(self.plain))])
        trained, unseen = Selected(self.augmented, copies), Selected(self.plain, share.validation)
        return Targets(len(share.fit), _kept(trained), len(copies), _kept(unseen), len(share.validation))


@contextmanager
def targets_of(
    autoencoder: Autoencoder[Any], images: WholeSet, seed: int, progress: Progress
) -> Iterator[TargetSource]:
    """The targets of images, [n, height, width, channels]; in a temporary folder if there are `cached_copies`."""
    if not autoencoder.cached_copies():
        yield Made(autoencoder)
        return
    with TemporaryDirectory(prefix="linewatch-targets-") as name:
        plain = cache_targets(autoencoder, images, Path(name) / "plain", progress)
        if not autoencoder.options.augment:
            yield Kept(plain, plain)
            return
        copies = autoencoder.cached_copies()
        yield Kept(
            plain, cache_targets(autoencoder, images, Path(name) / "augmented", progress, copies=copies, seed=seed)
        )


def _kept(targets: Selected) -> Rows:
    def read(rows: Tensor, _: Tensor) -> Tensor:
        found = tf.numpy_function(partial(_taken, targets), [rows], tf.float16, stateful=False)
        return tf.cast(tf.ensure_shape(found, [None, *targets.shape[1:]]), tf.float32)

    return read


def _read(images: PreprocessedImages, rows: Tensor) -> Tensor:
    """Rows of preprocessed images from disk, as float32 in 0 to 1."""
    pixels = tf.numpy_function(partial(_taken, images), [rows], tf.uint8, stateful=False)
    return normalised(tf.ensure_shape(pixels, [None, *images.shape[1:]]))


def _taken(images: PreprocessedImages, rows: Numbers) -> NDArray[Any]:
    return images[rows]
