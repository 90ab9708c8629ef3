"""Everything of a fit that needs TensorFlow: from the split's images to the exported graph."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from pydantic import ValidationError

from service.scoring.manifest import AutoencoderInfo, InputSpec
from training.autoencoders import find
from training.autoencoders.base import AutoencoderOptions
from training.errors import TrainingError
from training.export import export, verify
from training.learned import Learned, Reconstruct
from training.prepared import PreparedImages
from training.progress import Progress
from training.scoring_graph import ScoringGraph, scaled
from training.split import Split
from training.train import train

VERIFIED_IMAGES = 4


def learn(name: str, options: dict[str, Any], spec: InputSpec, split: Split, seed: int, progress: Progress) -> Learned:
    """Train the named autoencoder on the fit split and export its scoring graph.

    Prepared images lie in a temporary folder meanwhile: height x width x channels bytes for each.

    Raises:
        TrainingError: if an option is wrong, or the loss is no longer a number.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    autoencoder_type = find(name)
    autoencoder = autoencoder_type(_options(name, autoencoder_type.options_type, options), spec)
    folder = Path(mkdtemp(prefix="linewatch-fit-"))
    try:
        fit = PreparedImages(split.fit, spec, folder, progress)
        validation = PreparedImages(split.validation, spec, folder, progress)
        autoencoder.prepare(fit)
        network = autoencoder.build()
        history = train(autoencoder, network, fit, validation, seed, progress)
        autoencoder.finish(network, fit)
        graph = scaled(ScoringGraph(autoencoder, network), fit)
        progress.say("exporting the graph")
        flatbuffer = export(graph, spec)
        verify(flatbuffer, graph, next(validation.batches(VERIFIED_IMAGES)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Learned(
        graph=flatbuffer,
        history=history,
        info=AutoencoderInfo(
            name=name, options=autoencoder.options.model_dump(mode="json"), parameters=network.count_params()
        ),
        reconstruct=_reconstruct(graph),
    )


def _options(name: str, options_type: type[AutoencoderOptions], options: dict[str, Any]) -> AutoencoderOptions:
    try:
        return options_type.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TrainingError(
            f"expected options of autoencoder {name} ({', '.join(options_type.model_fields)}), "
            f"found {where}={first['input']!r}: {first['msg']}"
        ) from error


def _reconstruct(graph: ScoringGraph) -> Reconstruct:
    def reconstruct(image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        made = graph.reconstruction(tf.constant(image[np.newaxis]))
        return None if made is None else np.round(np.clip(made[0].numpy(), 0.0, 1.0) * 255.0).astype(np.uint8)

    return reconstruct
