"""From a split to trained, exported and verified graphs: one of all that is fitted, and one of each fold."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from service.scoring.input_spec import InputSpec
from service.scoring.tiles import number_of_tiles
from training.autoencoders.base import Autoencoder
from training.backend.delegation import check_delegation
from training.backend.int8 import check_convolutions
from training.backend.kernel_spread import kernel_spread
from training.data.normal_set import ImageFile
from training.data.preprocessed import WholeSet, preprocess_files
from training.data.split import Split
from training.data.tiled_images import tile_rows, tiled
from training.progress import Progress, silent
from training.trainer.export import code_size, export, export_decoder, export_reconstruction, verify, verify_int8
from training.trainer.fitting import fit_graph, parameters_of
from training.trainer.learnt import follows
from training.trainer.map_prices import map_prices
from training.trainer.reconstructor import GraphReconstructor
from training.trainer.result import Trained
from training.trainer.targets import Share, TargetSource, targets_of
from training.trainer.tile_price import tile_price

VERIFIED_IMAGES = 4
COMPARED_IMAGES = 16


def train_graph(autoencoder: Autoencoder[Any], split: Split, seed: int, progress: Progress) -> Trained:
    """Train an autoencoder on the fit split and export its scoring graph; the same of each fold of the split.

    Statistics and targets are made once: a fold's network and the residuals that it learns are its own, the frozen
    features, their scale and the weights of maps are not (docs/adr/0025). Preprocessed images lie in a temporary folder
    meanwhile: height x width x channels bytes for each.

    Raises:
        TrainingError: if the loss is no longer a number, or precision or delegate do not suit the graph.
    """
    if autoencoder.precision == "int8":
        check_convolutions(autoencoder.build())
    with TemporaryDirectory(prefix="linewatch-fit-", ignore_cleanup_errors=True) as folder:
        files = (*split.fit, *split.validation)
        whole = autoencoder.whole
        images = tiled(preprocess_files(files, whole, Path(folder), "normal", progress), whole)
        aside = (*split.folds, split.wider) if split.wider else ()
        share, *folds = (share_of(each, files, images, whole) for each in (split, *aside))
        autoencoder.fit_statistics(share.fit_images)
        if whole.tiles is not None:
            progress.say(tile_price(autoencoder))
        unlearnt = copy.copy(autoencoder)
        with targets_of(autoencoder, images, seed, progress) as targets:
            trained = _trained(autoencoder, share, targets, seed, progress)
            unlearnt.map_weights = autoencoder.map_weights
            graphs = [
                fold_graph(copy.copy(unlearnt), fold, targets, seed)
                for fold in progress.track(folds, "fitting folds", len(folds))
            ]
    return replace(trained, folds=tuple(graphs[:-1]), wider=graphs[-1]) if graphs else trained


def share_of(split: Split, files: Sequence[ImageFile], images: WholeSet, whole: InputSpec) -> Share:
    """The fit and validation images of a split; `images` are those of `files`, as the graph takes them."""
    numbers = {image.digest: number for number, image in enumerate(files)}
    fit, validation = (
        tile_rows(np.array([numbers[each.digest] for each in some]), whole) for some in (split.fit, split.validation)
    )
    return Share(images, fit, validation)


def _trained(
    autoencoder: Autoencoder[Any], share: Share, targets: TargetSource, seed: int, progress: Progress
) -> Trained:
    """Fitted, exported and verified."""
    unseen, tiles = share.validation_images, number_of_tiles(autoencoder.whole)
    compared = unseen[: COMPARED_IMAGES * tiles]
    graph, history = fit_graph(autoencoder, share, targets, (share.fit_images, unseen), seed, progress)
    progress.say("exporting the graph")
    converted, latent_size = autoencoder.converted(graph.of_target), code_size(graph)
    exact = converted.flatbuffer("float32")
    decoder = export_decoder(graph, latent_size)
    verify(exact, graph, unseen[: VERIFIED_IMAGES * tiles])
    flatbuffer = converted.flatbuffer(autoencoder.precision)
    if autoencoder.precision == "int8":
        verify_int8(flatbuffer, exact, compared)
    if unknown := check_delegation(flatbuffer):
        progress.say(unknown)
    return Trained(
        graph=flatbuffer,
        decoder=decoder,
        reconstruction=export_reconstruction(graph, decoder),
        history=history,
        parameters=parameters_of(graph.network),
        code_size=latent_size,
        reconstructor=GraphReconstructor(graph, seed),
        kernel_spread=kernel_spread(flatbuffer, compared),
        map_prices=map_prices(graph, flatbuffer),
        follows=follows(graph, unseen, seed),
    )


def fold_graph(autoencoder: Autoencoder[Any], share: Share, targets: TargetSource, seed: int) -> bytes:
    """The exported graph of what is fitted on a fold's share, by an autoencoder that has its statistics."""
    graph, _ = fit_graph(autoencoder, share, targets, (share.fit_images, share.validation_images), seed, silent())
    return export(graph, autoencoder.precision)
