"""Tables of latents of images: computed with a bundle's graph, written to files, read and checked."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from service.scoring.bundle import Bundle
from service.scoring.image import ImageRejected
from service.scoring.image_folder import find_image_files
from service.scoring.printable import printable
from service.scoring.scorer import Scorer
from training.data.exclusions import ExclusionReason, LeftOut, passed_over
from training.errors import TrainingError
from training.evaluation.scored_images import ScoredImage, score_file
from training.progress import Progress

SUFFIXES = (".npz", ".parquet")

DECODER = "decoder.tflite"
"""A bundle's graph from latents to images; a bundle whose latents alone give no image has none."""

RECONSTRUCTION = "reconstruction.tflite"
"""A bundle's graph from images to what is made of them, where these are images and no decoder gives them."""

CODES = "codes.npz"
"""The latents of some of a bundle's calibration images, next to its decoder: the distribution of normal parts."""

KEPT = 100
"""Latents in a bundle: enough for their mean and spread, and it stays small."""


@dataclass(frozen=True, slots=True)
class LatentTable:
    """One row for each image: its name or path, its score, its latent float32 [size]."""

    names: tuple[str, ...]
    scores: NDArray[np.float64]
    latents: NDArray[np.float32]
    bundle: str = ""
    """The bundle that made the latents; "" inside a bundle, whose id is a hash of its content."""

    @property
    def size(self) -> int:
        """Numbers in a latent."""
        return int(self.latents.shape[1])

    def npz(self) -> bytes:
        """The table as numpy writes it: `names`, `scores` [n], `codes` [n, size], and the `bundle` (one string)."""
        buffer = io.BytesIO()
        names, bundle = np.array(list(map(printable, self.names)), np.str_), np.array(self.bundle)
        np.savez(buffer, names=names, scores=self.scores, codes=self.latents, bundle=bundle)
        return buffer.getvalue()


def latent_table(files: Sequence[ScoredImage]) -> LatentTable:
    """The table that a bundle keeps: of the first KEPT images, all of which have a latent.

    Numbers stand for names: the same images under other names make the same bundle.
    """
    kept = files[:KEPT]
    latents = [file.latent for file in kept if file.latent is not None]
    return LatentTable(
        tuple(str(number) for number in range(1, len(kept) + 1)),
        np.array([file.score for file in kept]),
        np.stack(latents, dtype=np.float32),
    )


def read_latents(path: Path, bundle: Bundle) -> LatentTable:
    """Read a table of latents of a bundle.

    Raises:
        TrainingError: if the file is none, or its latents are another bundle's or not as long as this one's.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            made_by = str(file["bundle"]) if "bundle" in file else ""
            table = LatentTable(tuple(file["names"].tolist()), file["scores"], file["codes"], made_by)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise TrainingError(
            f"expected latents in {path}, found none that can be read; make the file with linewatch-train encode"
        ) from error
    if table.bundle not in ("", bundle.id):
        raise TrainingError(
            f"expected latents of bundle {bundle.id}, found those of {table.bundle} in {path}; encode the images with "
            f"{bundle.id}, or ask for {table.bundle}"
        )
    wanted = bundle.manifest.autoencoder.code_size
    if table.latents.ndim != 2 or len(table.latents) != len(table.names) or table.size != wanted:  # noqa: PLR2004 - rows, numbers
        raise TrainingError(
            f"expected latents of {wanted} numbers, as bundle {bundle.id} gives, found an array of shape "
            f"{table.latents.shape} in {path}; encode the images with this bundle"
        )
    return table


def find_images(given: Sequence[Path]) -> tuple[list[Path], list[LeftOut]]:
    """Files as they are, and all images within folders by their names, sorted; and what is passed over there.

    Raises:
        TrainingError: if one does not exist, or there is no image.
    """
    found, left_out = list[Path](), list[LeftOut]()
    for path in given:
        if not path.exists():
            raise TrainingError(f"expected images or folders of images, found nothing at {path}; check the path")
        if path.is_dir():
            inside = find_image_files(path)
            found += inside.images
            left_out += passed_over(inside)
        else:
            found.append(path)
    if not found:
        names = ", ".join(map(str, given))
        raise TrainingError(f"expected images (JPEG, PNG, BMP, TIFF) in {names}, found none; check the path")
    return found, left_out


def encode(scorer: Scorer, paths: Sequence[Path], progress: Progress) -> tuple[LatentTable, list[LeftOut]]:
    """The latents of image files, and the files that cannot be read.

    Raises:
        TrainingError: if the bundle's graph gives no latent, or no image can be read.
    """
    check_gives_latents(scorer.bundle)
    read, left_out = [], []
    for path in progress.track(paths, "encoding", len(paths)):
        try:
            scored = score_file(scorer, path).prediction
        except (OSError, ImageRejected) as error:
            left_out.append(LeftOut(path, ExclusionReason.UNREADABLE, str(error)))
        else:
            read.append((str(path), scored))
    if not read:
        raise TrainingError(
            f"expected images that can be read, found none among {len(paths)} (the first: {left_out[0].detail})"
        )
    return (
        LatentTable(
            tuple(name for name, _ in read),
            np.array([scored.score for _, scored in read]),
            np.stack([scored.latent for _, scored in read if scored.latent is not None]),
            scorer.bundle.id,
        ),
        left_out,
    )


def check_gives_latents(bundle: Bundle) -> None:
    """Raises: TrainingError: if the bundle's graph gives no latent."""
    if bundle.manifest.autoencoder.code_size is None:
        raise TrainingError(
            f"expected a bundle whose autoencoder has a latent, found {bundle.id} of "
            f"{bundle.manifest.autoencoder.name}; fit an autoencoder with a single latent (not unet), with this release"
        )


def check_suffix(path: Path) -> None:
    """Raises: TrainingError: if latents cannot be written in the format that the file's name asks for."""
    if path.suffix not in SUFFIXES:
        raise TrainingError(f"expected --out to end in {' or '.join(SUFFIXES)}, found {path.name!r}")
    if path.suffix == ".parquet":
        _pyarrow()


def table_bytes(table: LatentTable, path: Path) -> bytes:
    """The content of a file by its suffix: see LatentTable.npz, or a Parquet table of `name`, `score` and `code`."""
    if path.suffix == ".npz":
        return table.npz()
    pyarrow, parquet = _pyarrow()
    columns = {"name": list(map(printable, table.names)), "score": table.scores, "code": list(table.latents)}
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _pyarrow() -> tuple[Any, Any]:
    """Loaded by name: at 160 MB it is no extra of this package."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise TrainingError(
            "expected pyarrow, which writes .parquet, found it is not installed; install pyarrow, or use FILE.npz"
        ) from error
