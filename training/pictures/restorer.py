"""What a bundle's autoencoder makes of images: reconstructions and painted-in places, on the LiteRT runtime."""

from collections.abc import Callable

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from service.scoring.bundle import Bundle
from service.scoring.scorer import Scorer
from service.scoring.tiles import cut
from training.backend.quiet import quiet
from training.errors import TrainingError
from training.latents.decoder import LatentDecoder
from training.latents.table import DECODER, RECONSTRUCTION
from training.pictures.painting import Hidden, Paint, painted_in
from training.trainer.result import Image

PAINTED = "painted"
"""The output of a reconstruction graph that paints in, beside `image`."""

OF_FEATURES = "feature"
"""The autoencoder that reproduces features, which are no picture."""


class Restorer:
    """A bundle's autoencoder, for preprocessed images uint8 [height, width, channels] as its graph takes them.

    What it gives is as large: an autoencoder that works on smaller images has its pictures enlarged.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Load its graphs.

        Raises:
            TrainingError: if the bundle makes no picture.
            BundleError: if the service would refuse it.
        """
        spec = bundle.manifest.input
        self._size = spec.width, spec.height
        self._paint: Paint | None = None
        if DECODER in bundle.manifest.files:
            self._reconstruct = _by_latents(bundle)
            return
        if RECONSTRUCTION not in bundle.manifest.files:
            raise TrainingError(_no_picture(bundle))
        with quiet():
            run = Interpreter(model_content=(bundle.path / RECONSTRUCTION).read_bytes()).get_signature_runner()
        if PAINTED not in run.get_output_details():
            self._reconstruct = lambda image: _first(run(images=cut(image, spec))["image"])
            return

        def painted(image: Image, hidden: Hidden, output: str = PAINTED) -> Image:
            where = cut(hidden[..., np.newaxis].astype(np.uint8), spec)
            return self._enlarged(_first(run(images=cut(image, spec), hidden=where)[output]))

        self._paint = painted
        self._reconstruct = lambda image: painted(image, np.zeros(image.shape[:2], np.bool_), "image")

    @property
    def paints_in(self) -> bool:
        """Whether it can paint in what is hidden."""
        return self._paint is not None

    def restored(self, image: Image) -> Image:
        """What the autoencoder makes of an image."""
        with quiet():  # the first run writes to stderr which delegate it uses
            return self._enlarged(self._reconstruct(image))

    def painted(self, image: Image, hidden: Hidden) -> Image:
        """An image whose hidden pixels, bool [height, width], are made of what is seen around them; others stay.

        Raises:
            ValueError: if it does not paint in.
        """
        if self._paint is None:
            msg = "expected an autoencoder that paints in"
            raise ValueError(msg)
        with quiet():
            return painted_in(self._paint, image, hidden)

    def _enlarged(self, picture: NDArray[np.uint8]) -> Image:
        height, width, channels = picture.shape
        if (width, height) == self._size:
            return picture
        larger = cv2.resize(picture, self._size, interpolation=cv2.INTER_CUBIC)
        return np.asarray(larger, np.uint8).reshape(*self._size[::-1], channels)


def check_paints_in(restorer: Restorer, bundle: Bundle) -> None:
    """Raises: TrainingError: if the autoencoder knows no hidden places."""
    if not restorer.paints_in:
        raise TrainingError(
            f"expected a bundle of unet for --mask, which paints in what is hidden, found {bundle.id} of "
            f"{bundle.manifest.autoencoder.name}; fit --autoencoder unet, or restore without --mask"
        )


def _by_latents(bundle: Bundle) -> Callable[[Image], Image]:
    with quiet():
        scorer, decoder = Scorer(bundle), LatentDecoder(bundle)

    def reconstruct(image: Image) -> Image:
        latent = scorer.run(image).latent
        if latent is None:
            msg = "expected a graph that gives the latent which the decoder takes"
            raise ValueError(msg)
        made: Image = decoder.images(latent[np.newaxis])[0]
        return made

    return reconstruct


def _no_picture(bundle: Bundle) -> str:
    name = bundle.manifest.autoencoder.name
    if name == OF_FEATURES or bundle.manifest.autoencoder.code_size is not None:  # a latent, and yet no decoder
        return (
            f"expected an autoencoder of pixels, found {bundle.id} of {name}, which has no picture: it reproduces "
            "features that a frozen network computes of an image; fit another autoencoder, as denoising or unet"
        )
    return (
        f"expected {RECONSTRUCTION} in bundle {bundle.id} of {name}, found none: it was fitted by an earlier release; "
        "fit again"
    )


def _first(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.round(images[0] * 255.0), np.uint8)
