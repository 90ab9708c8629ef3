"""The autoencoder of a pretrained network's features: the default."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Precision
from training.autoencoders.base import CODE, Autoencoder
from training.autoencoders.components.backbones.base import STRIDES
from training.autoencoders.components.backbones.factory import load_backbone
from training.autoencoders.components.backbones.frozen_features import FrozenFeatures
from training.autoencoders.components.feature_options import FeatureOptions, Kind
from training.autoencoders.components.gaussians import Gaussians, Whitener
from training.autoencoders.components.grids import pooled, resized, resized_maps
from training.autoencoders.components.layers import Blocks
from training.autoencoders.components.map_weights import Floats, blended_weights
from training.autoencoders.components.place_gaussians import PlaceFit
from training.autoencoders.components.residual_cache import keep_residuals
from training.autoencoders.components.residual_mixture import PRODUCTS, MixtureFit
from training.autoencoders.scoring_graph import top_mean
from training.backend.converted import ConvertedGraph
from training.backend.litert import Run, convert
from training.backend.tensors import Tensor, normalised, traced
from training.data.preprocessed import PreprocessedImages, batches
from training.data.synthetic_defects import SYNTHESIS_SEED, synthetic_defect_images
from training.statistics.map_worth import MapWorth, TriedMap, map_worths

GRID = 16
"""The target has a position for each square of this many pixels a side, as stages 4 and 5 have."""

MAP_SCALE = 4
"""How many times the map is enlarged from the grid: smooth for people."""

MOST_UNSEEN = 2000
"""Normal images that mixtures are tried on: their maps are in memory, and more would tell no more."""


class Feature(Autoencoder[FeatureOptions]):
    r"""A denoising convolutional autoencoder of what a frozen network sees in the image.

    The target is x = (B(image) - mean) / deviation: feature maps of the backbone's stages brought to one
    grid, each channel standardised over the fit images. Fitted to minimise

        L = mean of (x - g(f(x~)))^2,   x~ = x with gaussian noise and hidden channels,

    so that it restores what is usual, and cannot copy. How anomalous a position is, is the Mahalanobis distance of
    the residual x - g(f(x)) among those of normal images: from the nearest of many gaussians that they fall into
    anywhere (`components.residual_mixture`), and from the gaussian of its own place (`components.place_gaussians`).
    These maps are added with weights that are partly alike, and partly such that synthetic defects on normal images
    stand out (`components.map_weights`): a scratched surface is not a bent thread.

    B is a LiteRT graph, in int8 quantised once on normal images before anything is learnt
    (`components.backbones.frozen_features`): statistics, targets and residuals are those of the rounded features.

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
        self._backbone = load_backbone(options.backbone, self.spec.height, self.spec.width)
        self._frozen: FrozenFeatures | None = None
        self._mean: Tensor = 0.0
        self._deviation: Tensor = 1.0
        self._maps: list[_Weighted] = []
        self._worths: tuple[MapWorth, ...] = ()

    @classmethod
    def usual_precision(cls, options: FeatureOptions) -> Precision:
        """int8 with EfficientNet-lite0, which was made for it: no squeeze-and-excitation, and ReLU6."""
        return "int8" if options.backbone in ("imagenet", "random") else "float32"

    def cached_copies(self) -> int:
        return self.options.copies

    def fit_statistics(self, images: PreprocessedImages) -> None:
        calibrating = images if self.precision == "int8" else None
        self._frozen = FrozenFeatures.of(self._backbone, self.whole, self.options.stages, GRID, calibrating)
        raw = traced(lambda batch: self._on_one_grid(self._features(normalised(batch))))
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
        return self._standardised(self._features(images))

    def converted(self, function: Callable[[Tensor], dict[str, Tensor]]) -> ConvertedGraph:
        frozen = self.frozen()
        learnt = convert(lambda *features: function(self._standardised(features)), *frozen.gives())
        return ConvertedGraph(learnt, frozen.graph, products=(PRODUCTS,))

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
        with TemporaryDirectory(prefix="linewatch-residuals-") as folder:
            residuals = self._residuals(network)
            kept = keep_residuals(residuals, normals, Path(folder) / "normal")
            fits = [(stage, self._fit(stage, kind)) for stage, kind in self.options.stages_and_kinds()]
            tries = self.map_weights is None and self.options.even != 1.0
            tried = self._tried(fits, kept, residuals, normals, Path(folder)) if tries else []
            weights = self.map_weights or self._weights(len(fits), tried)
            chosen = [number for number, weight in enumerate(weights) if weight > 0.0]
            whiteners = {stage: Whitener.of(kept[stage]) for stage in {fits[number][0] for number in chosen}}
            self._maps = []
            for number in chosen:
                stage, fit = fits[number]
                distance = fit(kept[stage], whiteners[stage])
                self._maps.append(_Weighted(self.options.maps[number], stage, distance, weights[number]))
            if tried:
                places = {stage: math.prod(residuals.shape[1:3]) for stage, residuals in kept.items()}
                self._worths = self._worths_of([tried[number] for number in chosen], places)
        self.map_weights = weights

    def gives_anomaly_map(self) -> bool:
        return self.options.whitened

    def error(self, target: Tensor, reconstruction: Tensor) -> Tensor:
        if not self._maps:
            return self.to_map(tf.reduce_mean(tf.square(target - reconstruction), axis=-1))
        maps = self.maps(target, reconstruction)
        distances = [maps[each.name] * each.weight for each in self._maps]
        return self.to_map(sum(distances[1:], distances[0]))

    def maps(self, target: Tensor, reconstruction: Tensor) -> dict[str, Tensor]:
        by_stage = self._by_stage(target - reconstruction)
        return {each.name: self._on_grid(each.distance(by_stage[each.stage])) for each in self._maps}

    def map_worths(self) -> tuple[MapWorth, ...]:
        """Of rough maps on images that they were not fitted on; none where all weights are alike without a trial."""
        return self._worths

    def to_map(self, grid: Tensor) -> Tensor:
        """A value at each position, [batch, h, w], as a smooth map MAP_SCALE times as large."""
        return resized_maps(grid, [MAP_SCALE * side for side in grid.shape[1:3]])

    def shape(self) -> tuple[int, int, int]:
        """Of one target: height and width of the grid, and the channels of all stages together."""
        height, width = (-(-side // GRID) for side in (self.spec.height, self.spec.width))
        return height, width, sum(self._channels())

    def _channels(self) -> list[int]:
        return [self._backbone.channels[stage - 1] for stage in self.options.stages]

    def frozen(self) -> FrozenFeatures:
        """The graph of the backbone, float32 until `fit_statistics` has seen images."""
        if self._frozen is None:
            with tf.init_scope():  # it is needed while a function of it is traced
                self._frozen = FrozenFeatures.of(self._backbone, self.whole, self.options.stages, GRID)
        return self._frozen

    def _features(self, images: Tensor) -> Sequence[Tensor]:
        """Of each chosen stage, float32 [batch, h, w, channels], as LiteRT gives them for images in 0 to 1."""
        frozen = self.frozen()
        pixels = tf.cast(tf.round(images * 255.0), tf.uint8)
        # Flattened, since of a single stage it is a tensor and not a list.
        found = tf.nest.flatten(tf.numpy_function(frozen, [pixels], [tf.float32] * len(frozen.stages), stateful=False))
        return [tf.ensure_shape(features, [None, *shape]) for features, shape in zip(found, frozen.shapes, strict=True)]

    def _on_one_grid(self, features: Sequence[Tensor]) -> Tensor:
        """Float32 [batch, height / GRID, width / GRID, channels of all stages]."""
        return tf.concat([resized(each, self.shape()[:2]) for each in features], axis=-1)

    def _standardised(self, features: Sequence[Tensor]) -> Tensor:
        """The target that features make."""
        return (self._on_one_grid(features) - self._mean) * (1.0 / self._deviation)

    def _by_stage(self, joined: Tensor) -> dict[int, Tensor]:
        """Cut features of all stages apart; each on its own grid where that is coarser."""
        parts, first = {}, 0
        for stage, channels in zip(self.options.stages, self._channels(), strict=True):
            # Slices and not tf.split, which LiteRT's delegate does not take in unequal parts.
            parts[stage] = pooled(joined[..., first : first + channels], _step(stage))
            first += channels
        return parts

    def _fit(self, stage: int, kind: Kind) -> MixtureFit | PlaceFit:
        options = self.options
        if kind == "place":
            return PlaceFit(options.place_rank, options.shrinkage)
        return MixtureFit(max(1, options.clusters // _step(stage)), options.rank, options.shrinkage)

    def _tried(
        self,
        fits: Sequence[tuple[int, MixtureFit | PlaceFit]],
        normal: Mapping[int, NDArray[np.float16]],
        residuals: Run,
        images: Sequence[PreprocessedImages],
        folder: Path,
    ) -> list[tuple[Floats, Floats]]:
        """Of each map rough ones, fitted on all but the last normal images: of those, and of synthetic defects."""
        unseen = min(len(images[-1]), sum(map(len, images)) // 2, MOST_UNSEEN)
        defects = [*synthetic_defect_images(images[-1], SYNTHESIS_SEED, self.spec.ignored)]
        defective = keep_residuals(residuals, defects, folder / "defective")
        whiteners = {stage: Whitener.of(each[:-unseen]) for stage, each in normal.items()}
        tried = []
        for stage, fit in fits:
            rough = fit.rough()(normal[stage][:-unseen], whiteners[stage])
            shown = (normal[stage][-unseen:], defective[stage])
            plain, anomalous = (np.asarray(self._on_grid(rough.distances(each))) for each in shown)
            tried.append((plain, anomalous))
        return tried

    def _weights(self, count: int, tried: Sequence[tuple[Floats, Floats]]) -> list[float]:
        """How much each map counts: partly alike, partly by what they showed where they were tried."""
        if not tried:
            return [1.0 / count] * count
        normal, defective = zip(*tried, strict=True)
        return blended_weights(normal, defective, self.options.even)

    def _worths_of(self, tried: Sequence[tuple[Floats, Floats]], places: Mapping[int, int]) -> tuple[MapWorth, ...]:
        """Of the maps that count; `places` are the positions of each stage."""
        maps = [
            TriedMap(each.name, each.weight, each.distance.multiply_adds(places[each.stage]), *shown)
            for each, shown in zip(self._maps, tried, strict=True)
        ]
        return map_worths(maps, lambda grid: top_mean(self.to_map(tf.constant(grid))).numpy().astype(np.float64))

    def _on_grid(self, distances: Tensor) -> Tensor:
        """Distances at the positions of a stage, [batch, h, w], at those of the target."""
        return resized_maps(distances, self.shape()[:2])

    def _residuals(self, network: keras.Model) -> Run:
        """Of images, stage by stage, float32 [n, h, w, channels]."""

        def residuals(target: Tensor) -> dict[str, Tensor]:
            return {str(k): v for k, v in self._by_stage(target - self.reconstruct(network, target)).items()}

        return self.compiled(residuals)


@dataclass(frozen=True)
class _Weighted:
    """The gaussians of a stage, and how much their distance counts."""

    name: str
    stage: int
    distance: Gaussians
    weight: float


def _step(stage: int) -> int:
    """Positions of the target's grid for one of the stage's own, a side; 1 where that is finer."""
    return max(1, STRIDES[stage - 1] // GRID)
