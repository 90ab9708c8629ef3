"""The autoencoder of a pretrained network's features: the default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray
from pydantic import Field

from service.scoring.manifest import InputSpec, Precision
from training.autoencoders.base import CODE, Autoencoder, AutoencoderOptions, Searched
from training.autoencoders.components.backbones.base import STRIDES
from training.autoencoders.components.backbones.choice import Trained
from training.autoencoders.components.backbones.factory import load_backbone
from training.autoencoders.components.layers import Blocks
from training.autoencoders.components.map_weights import map_weights
from training.autoencoders.components.residual_mixture import Mixture, MixtureFit, Whitener
from training.backend.tensors import Tensor, normalised
from training.data.preprocessed import PreprocessedImages, batches
from training.data.synthetic_defects import SYNTHESIS_SEED, synthetic_defect_images

GRID = 16
"""The target has a position for each square of this many pixels a side, as stages 4 and 5 have."""

MAP_SCALE = 4
"""How many times the map is enlarged from the grid: smooth for people."""


class FeatureOptions(AutoencoderOptions):
    """Options of `feature`."""

    searched: ClassVar[Searched] = {
        "latent": (16, 32, 64, 128),
        "width": (64, 128, 256),
        "noise": (0.2, 0.4, 0.8),
        "dropout": (0.0, 0.2, 0.4),
    }

    epochs: int = Field(default=20, ge=1, description="Most epochs; training stops early.")
    backbone: Trained = Field(
        default="imagenet",
        description="The frozen network: EfficientNet-lite0 with these weights (random detect much less), or another.",
    )
    stages: tuple[Annotated[int, Field(ge=2, le=len(STRIDES))], ...] = Field(
        default=(2, 3, 4, 5, 6, 7), min_length=1, description="The frozen network's stages that are reproduced."
    )
    copies: int = Field(default=2, ge=1, description="Augmented copies of each image whose features are kept.")
    noise: float = Field(default=0.4, ge=0.0, description="Of the gaussian noise added in training, in deviations.")
    dropout: float = Field(default=0.2, ge=0.0, lt=1.0, description="Share of feature channels hidden in training.")
    latent: int = Field(default=64, ge=1, description="Channels of the latent, on half the grid.")
    width: int = Field(default=96, ge=1, description="Channels of the convolutions.")
    whitened: bool = Field(default=True, description="Measure residuals by Mahalanobis; else by squares.")
    clusters: int = Field(default=256, ge=1, description="Most gaussians that residuals of normal parts fall into.")
    rank: int = Field(default=16, ge=1, description="Directions kept of the covariance of each of them.")
    shrinkage: float = Field(default=0.3, gt=0.0, le=1.0, description="Of each covariance to that of all positions.")
    places: tuple[Annotated[float, Field(ge=0.0)], ...] = Field(
        default=(0.0, 30.0), min_length=1, description="Weight of a position's coordinates: a mixture for each."
    )
    weighted: bool = Field(default=True, description="Let synthetic defects decide how much each mixture counts.")


class Feature(Autoencoder[FeatureOptions]):
    r"""A denoising convolutional autoencoder of what a frozen network sees in the image.

    The target is x = (B(image) - mean) / deviation: feature maps of the backbone's stages brought to one
    grid, each channel standardised over the fit images. Fitted to minimise

        L = mean of (x - g(f(x~)))^2,   x~ = x with gaussian noise and hidden channels,

    so that it restores what is usual, and cannot copy. How anomalous a position is, is the Mahalanobis distance of
    the residual x - g(f(x)) from the nearest of many gaussians that residuals of normal images fall into: see
    `components.residual_mixture`. There are two mixtures for each stage, one that ignores where a position is and
    one that does not. Distances are added with weights under which synthetic defects on normal images stand out: see
    `components.map_fusion`. Most of them are 0, others for each product: a scratched surface is not a bent thread.

    Sources: Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders", ICML (2008);
    features of a network trained on photographs for unseen defects: Bergmann et al., "Uninformed Students", CVPR
    (2020); autoencoders of such features: Yang, Shi & Qi, "DFR: Deep Feature Reconstruction for Unsupervised
    Anomaly Segmentation" (2020).

    When to use it: always, unless the pretrained weights may not be used. It sees shapes and textures, so it is
    far ahead of the pixel autoencoders on real parts, and takes about as long to fit as `conv`.
    """

    options_type = FeatureOptions
    gives_images = False

    def __init__(self, options: FeatureOptions, spec: InputSpec, precision: Precision = "float32") -> None:
        super().__init__(options, spec, precision)
        self._backbone = load_backbone(options.backbone, spec.height, spec.width)
        self._mean: Tensor = 0.0
        self._deviation: Tensor = 1.0
        self._mixtures: list[_Weighted] = []

    def cached_copies(self) -> int:
        return self.options.copies

    def fit_statistics(self, images: PreprocessedImages) -> None:
        raw = tf.function(lambda batch: self._features(normalised(batch)), reduce_retracing=True)
        total = squares = np.zeros(1)
        positions = 0
        for batch in batches(images):
            features = raw(tf.constant(batch)).numpy().astype(np.float64)
            flat = features.reshape(-1, features.shape[-1])
            total, squares, positions = total + flat.sum(0), squares + np.square(flat).sum(0), positions + len(flat)
        mean = total / positions
        deviation = np.sqrt(np.maximum(squares / positions - np.square(mean), 0.0))
        self._mean = tf.constant(mean, tf.float32)
        self._deviation = tf.constant(deviation + 1e-3 * deviation.mean(), tf.float32)

    def target(self, images: Tensor) -> Tensor:
        return (self._features(images) - self._mean) / self._deviation

    def build(self) -> keras.Model:
        height, width, channels = self.shape()
        features = keras.Input((height, width, channels))
        blocks = Blocks()
        code = blocks.convolve(features, self.options.width, kernel=1)
        code = blocks.convolve(code, self.options.width)
        code = blocks.convolve(code, self.options.width, kernel=4, stride=2)
        code = layers.Conv2D(self.options.latent, 1, name=CODE)(code)
        decoded = blocks.convolve(code, self.options.width)
        decoded = layers.Resizing(height, width, interpolation="bilinear")(decoded)
        decoded = blocks.convolve(decoded, self.options.width)
        decoded = blocks.convolve(decoded, self.options.width)
        return keras.Model(features, layers.Conv2D(channels, 1)(decoded), name="feature")

    def corrupt(self, target: Tensor, seed: Tensor) -> Tensor:
        noisy = target + tf.random.stateless_normal(tf.shape(target), seed, stddev=self.options.noise)
        shape = tf.stack([tf.shape(target)[0], 1, 1, target.shape[-1]])
        kept = tf.cast(tf.random.stateless_uniform(shape, seed + 1) >= self.options.dropout, tf.float32)
        return noisy * kept / (1.0 - self.options.dropout)

    def finish(self, network: keras.Model, *normals: PreprocessedImages) -> None:
        if not self.options.whitened:
            return
        unseen = min(len(normals[-1]), sum(len(images) for images in normals) // 2)
        synthetic = list(synthetic_defect_images(normals[-1], SYNTHESIS_SEED))
        with TemporaryDirectory(prefix="linewatch-residuals-") as folder:
            kept = self._keep_residuals(network, normals, Path(folder) / "normal")
            defective = self._keep_residuals(network, synthetic, Path(folder) / "defective")
            fits = [
                (stage, self._fit(stage, position)) for stage in self.options.stages for position in self.options.places
            ]
            weights = self._weights(fits, kept, defective, unseen)
            chosen = [(stage, fit, weight) for (stage, fit), weight in zip(fits, weights, strict=True) if weight > 0.0]
            whiteners = {stage: Whitener.of(kept[stage]) for stage in {stage for stage, _, _ in chosen}}
            for stage, fit, weight in chosen:
                self._mixtures.append(_Weighted(stage, fit(kept[stage], whiteners[stage]), weight))

    def gives_anomaly_map(self) -> bool:
        return self.options.whitened

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        residual = target - reconstruction
        if not self._mixtures:
            return self.to_map(tf.reduce_mean(tf.square(residual), axis=-1))
        by_stage = self._by_stage(residual)
        distances = [self._on_grid(each.mixture(by_stage[each.stage])) * each.weight for each in self._mixtures]
        return self.to_map(tf.add_n(distances))

    def to_map(self, grid: Tensor) -> Tensor:
        """A value at each position, [batch, h, w], as a smooth map MAP_SCALE times as large."""
        return _resized(grid[..., tf.newaxis], [MAP_SCALE * side for side in grid.shape[1:3]])[..., 0]

    def shape(self) -> tuple[int, int, int]:
        """Of one target: height and width of the grid, and the channels of all stages together."""
        height, width = (-(-side // GRID) for side in (self.spec.height, self.spec.width))
        return height, width, sum(self._channels())

    def _channels(self) -> list[int]:
        return [self._backbone.channels[stage - 1] for stage in self.options.stages]

    def _features(self, images: Tensor) -> Tensor:
        """The chosen stages on one grid, float32 [batch, height / GRID, width / GRID, channels of all]."""
        stages = self._backbone.stages(images, last=max(self.options.stages))
        height, width, _ = self.shape()
        return tf.concat([_onto(stages[stage], height, width) for stage in self.options.stages], axis=-1)

    def _by_stage(self, joined: Tensor) -> dict[int, Tensor]:
        """Cut features of all stages apart; each on its own grid where that is coarser."""
        parts = tf.split(joined, self._channels(), axis=-1)
        return {stage: _pooled(part, _step(stage)) for stage, part in zip(self.options.stages, parts, strict=True)}

    def _fit(self, stage: int, position: float) -> MixtureFit:
        clusters = max(1, self.options.clusters // _step(stage))
        return MixtureFit(clusters, self.options.rank, self.options.shrinkage, position)

    def _weights(
        self,
        fits: Sequence[tuple[int, MixtureFit]],
        normal: Mapping[int, NDArray[np.float16]],
        defective: Mapping[int, NDArray[np.float16]],
        unseen: int,
    ) -> list[float]:
        """How much each mixture counts: rough ones of all but the last `unseen` normal images are tried on those."""
        if not self.options.weighted:
            return [1.0 / len(fits)] * len(fits)
        whiteners = {stage: Whitener.of(residuals[:-unseen]) for stage, residuals in normal.items()}
        plain, anomalous = [], []
        for stage, fit in fits:
            rough = fit.rough()(normal[stage][:-unseen], whiteners[stage])
            plain.append(np.asarray(self._on_grid(rough.distances(normal[stage][-unseen:]))))
            anomalous.append(np.asarray(self._on_grid(rough.distances(defective[stage]))))
        return map_weights(plain, anomalous)

    def _on_grid(self, distances: Tensor) -> Tensor:
        """Distances at the positions of a stage, [batch, h, w], at those of the target."""
        return _resized(distances[..., tf.newaxis], self.shape()[:2])[..., 0]

    def _keep_residuals(
        self, network: keras.Model, normals: Sequence[PreprocessedImages], folder: Path
    ) -> dict[int, NDArray[np.float16]]:
        """Of each stage, float16 [n, h, w, channels], on disk in a new folder: they are gone through more than once."""
        folder.mkdir()

        def residuals(images: Tensor) -> dict[str, Tensor]:
            target = self.target(normalised(images))
            return {str(k): v for k, v in self._by_stage(target - self.reconstruct(network, target)).items()}

        run = self.compiled(residuals)
        n = sum(len(images) for images in normals)
        kept: dict[int, NDArray[np.float16]] = {}
        done = 0
        for batch in (batch for images in normals for batch in batches(images)):
            for name, found in run(batch).items():
                stage = int(name)
                if stage not in kept:
                    kept[stage] = np.memmap(folder / name, np.float16, mode="w+", shape=(n, *found.shape[1:]))
                kept[stage][done : done + len(batch)] = found
            done += len(batch)
        return kept


@dataclass(frozen=True)
class _Weighted:
    """The mixture of a stage, and how much it counts."""

    stage: int
    mixture: Mixture
    weight: float


def _step(stage: int) -> int:
    """Positions of the target's grid for one of the stage's own, a side; 1 where that is finer."""
    return max(1, STRIDES[stage - 1] // GRID)


def _onto(features: Tensor, height: int, width: int) -> Tensor:
    """Features of a stage on the target's grid: pooled where they are finer, else enlarged."""
    return _resized(_pooled(features, round(features.shape[1] / height)), (height, width))


def _pooled(features: Tensor, step: int) -> Tensor:
    return tf.nn.avg_pool2d(features, step, step, "SAME") if step > 1 else features


def _resized(maps: Tensor, size: Any) -> Tensor:
    return maps if list(maps.shape[1:3]) == list(size) else tf.image.resize(maps, size)
