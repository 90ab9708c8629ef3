"""Restoring images with a bundle's autoencoder: noise taken out, hidden places painted in, compared with clean ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from service.scoring.bundle import Bundle
from service.scoring.map_rendering import to_png
from training.bundles.files import not_written
from training.data.exclusions import LeftOut
from training.data.ground_truth import FORMATS
from training.errors import TrainingError
from training.pictures.comparison import MOST_ROWS, Row, comparison
from training.pictures.inputs import Input, Inputs
from training.pictures.partners import NamedImage, Partners, named_images
from training.pictures.quality import Compared, compared
from training.pictures.restorer import Restorer
from training.progress import Progress
from training.trainer.result import Image

SHEET = PurePath("sheet.png")


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What is to be restored, and what with."""

    bundle: Bundle
    images: Sequence[Path]
    """Files and folders."""
    out: Path
    """The folder for the results."""
    mask: Path | None = None
    """What is to be painted in, wherever it is not black: one for all images, or a folder of them by name."""
    against: Path | None = None
    """Clean originals: one, or a folder of them by name."""
    noise: float = 0.0
    """Standard deviation of the gaussian noise that is added first, as a share of white; 0 for none. Without other
    clean originals the images before it are those."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class RestoredImage:
    """One image: where it was, where the result is, and how like its clean original it was and is."""

    path: Path
    result: Path
    compared: Compared | None


@dataclass(frozen=True, slots=True)
class Restored:
    """The images that were restored, the first of them side by side in one file, and what was left out."""

    images: tuple[RestoredImage, ...]
    sheet: Path
    left_out: tuple[LeftOut, ...]


def restore(request: RestoreRequest, progress: Progress) -> Restored:
    """Restore images and write them as PNG, as large as the bundle's graph takes them, with a sheet to compare.

    Raises:
        TrainingError: if the bundle has no picture, or images, masks, originals or folder cannot be used.
        BundleError: if the service would refuse the bundle.
    """
    restorer = Restorer(request.bundle)
    images, passed = named_images(request.images, {SHEET.with_suffix("")})
    masks = None if request.mask is None else Partners(request.mask, FORMATS, ("_mask", ""))
    originals = None if request.against is None else Partners(request.against)
    if originals is not None and originals.is_one and len(images) > 1:
        raise TrainingError(
            f"expected a folder of clean originals for {len(images)} images, found the file {originals.root}; "
            "give --against a folder with files of the images' names"
        )
    for partners, what in ((masks, "masks"), (originals, "clean originals")):
        if partners is not None and not any(partners.of(image.name) for image in images):
            raise TrainingError(f"expected {what} by the names of the images in {partners.root}, found none")
    _check_apart(request, images)
    inputs = Inputs(request.bundle.manifest.input, masks, originals)
    random = np.random.default_rng(request.seed)
    done, rows = list[RestoredImage](), list[Row]()
    for image in progress.track(images, "restoring", len(images)):
        read = inputs.read(image)
        if read is not None:
            row = _restored(restorer, image, _noisy(read, request.noise, random))
            rows += [row][: MOST_ROWS - len(rows)]
            result = _result(request.out, image)
            _write(result, to_png(row.restored if row.restored.shape[2] > 1 else row.restored[..., 0]))
            done.append(RestoredImage(image.path, result, row.compared))
    if not done:
        why = inputs.left_out[0].detail
        raise TrainingError(f"expected images that can be restored, found none among {len(images)} (the first: {why})")
    sheet = request.out / SHEET
    _write(sheet, comparison(rows))
    return Restored(tuple(done), sheet, (*passed, *inputs.left_out))


def _noisy(read: Input, deviation: float, random: np.random.Generator) -> Input:
    """With noise, and the image before it as the clean original if there is no other."""
    if not deviation:
        return read
    noise = 255.0 * random.normal(scale=deviation, size=read.pixels.shape)
    noisy = np.asarray(np.clip(np.rint(read.pixels + noise), 0, 255), np.uint8)
    return Input(noisy, read.hidden, read.pixels if read.original is None else read.original)


def _restored(restorer: Restorer, image: NamedImage, read: Input) -> Row:
    made: Image = restorer.restored(read.pixels) if read.hidden is None else restorer.painted(read.pixels, read.hidden)
    measured = None if read.original is None else compared(read.original, read.pixels, made)
    return Row(image.path.name, read.original, read.pixels, made, read.hidden, measured)


def _check_apart(request: RestoreRequest, images: Sequence[NamedImage]) -> None:
    """Check that no result lies among what is read, now or the next time.

    Raises:
        TrainingError: if one does.
    """
    out = request.out.resolve()
    given = [*request.images, *(path for path in (request.mask, request.against) if path is not None)]
    inside = [path for path in given if path.is_dir() and out.is_relative_to(path.resolve())]
    results = {_result(out, image) for image in images} | {out / SHEET}
    written_over = [path for path in given if path.resolve() in results]
    for path in (*inside, *written_over):
        raise TrainingError(
            f"expected --out apart from what is read, found {request.out}, with results in or over {path}; "
            "give a folder of its own"
        )


def _result(out: Path, image: NamedImage) -> Path:
    return out / image.name.with_name(f"{image.name.name}.png")


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise not_written(file, error) from error
