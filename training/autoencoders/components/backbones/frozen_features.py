"""Features of a frozen network as one LiteRT graph, made once and never converted or rounded again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from service.scoring.input_spec import InputSpec
from training.autoencoders.components.backbones.base import STRIDES, Backbone
from training.autoencoders.components.grids import pooled
from training.backend.int8 import statically_quantised
from training.backend.joined import joined
from training.backend.litert import Run, convert, runner
from training.backend.quiet import quiet
from training.backend.tensors import Tensor, images_tensor, normalised
from training.data.preprocessed import PreprocessedImages

CALIBRATING = 32
"""Images over which the ranges of int8 are measured."""

FIRST = "first"


@dataclass(frozen=True)
class FrozenFeatures:
    """From `images`, uint8 [1, height, width, channels], to `stage_N`, float32 [1, h, w, channels], of some stages N.

    Of an image in tiles: from all of them, [tiles, …], to the features of each.

    Stages finer than `grid` are pooled to it. In int8 the first stage stays float32: it costs the same there, and half
    of all rounding is in it (`docs/adr/0020`). What is learnt from these features is learnt from the very graph that
    will compute them in the service, so that its rounding is part of what is normal.
    """

    graph: bytes
    run: Run
    """The graph, on any number of images."""
    shapes: tuple[tuple[int, ...], ...]
    """Of one image's features, [h, w, channels], stage by stage."""
    stages: tuple[int, ...]
    batch: int = 1
    """Images that the graph takes at a time: the tiles of one."""

    @classmethod
    def of(
        cls,
        backbone: Backbone,
        spec: InputSpec,
        stages: Sequence[int],
        grid: int,
        calibrating: PreprocessedImages | None = None,
    ) -> Self:
        """Convert a backbone.

        Args:
            backbone: the frozen network.
            spec: the images it takes.
            stages: those whose features are wanted.
            grid: the least pixels a side for one position of the features.
            calibrating: uint8 [n, height, width, channels], normal images; in int8 if there are some, else float32.
        """
        first = convert(lambda images: {FIRST: backbone.first(normalised(images))}, images_tensor(spec))
        run, blank = runner(first), np.zeros(images_tensor(spec).shape, np.uint8)
        with quiet():  # the first run writes to stderr which delegate it uses
            shape = run(blank)[FIRST].shape

        def following(maps: Tensor) -> dict[str, Tensor]:
            found = backbone.following(maps, last=max(stages))
            return {stage_name(stage): pooled(found[stage], grid // STRIDES[stage - 1]) for stage in stages}

        rest = convert(following, tf.TensorSpec(shape, tf.float32, name=FIRST))
        if calibrating is not None:
            rows = np.unique(np.linspace(0, len(calibrating) - 1, CALIBRATING).round().astype(np.int64))
            several = range(len(blank))  # as many as the graph takes
            examples = ([min(row + each, len(calibrating) - 1) for each in several] for row in rows)
            rest = statically_quantised(rest, ({FIRST: run(calibrating[each])[FIRST]} for each in examples))
        graph = joined(first, rest)
        run = runner(graph)
        found = run(blank)
        return cls(graph, run, tuple(found[stage_name(stage)].shape[1:] for stage in stages), tuple(stages), len(blank))

    def __call__(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Features of images, uint8 [n, height, width, channels]: float32 [n, h, w, channels] of each stage."""
        found = self.run(images)
        return [found[stage_name(stage)] for stage in self.stages]

    def gives(self) -> list[tf.TensorSpec]:
        """Shape and name of each output."""
        return [
            tf.TensorSpec([self.batch, *shape], tf.float32, name=stage_name(stage))
            for stage, shape in zip(self.stages, self.shapes, strict=True)
        ]


def stage_name(stage: int) -> str:
    """Of the graph's output."""
    return f"stage_{stage}"
