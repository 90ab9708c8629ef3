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
from training.pictures.painting import Hidden, painted_in
from training.trainer.result import Image

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
        if DECODER in bundle.manifest.files:
            self._reconstruct = _by_latents(bundle)
            return
        if RECONSTRUCTION not in bundle.manifest.files:
            raise TrainingError(_no_picture(bundle))
        with quiet():
            run = Interpreter(model_content=(bundle.path / RECONSTRUCTION).read_bytes()).get_signature_runner()
        self._reconstruct = lambda image: _first(run(images=cut(image, spec))["image"])

    def restored(self, image: Image) -> Image:
        """What the autoencoder makes of an image."""
        with quiet():  # the first run writes to stderr which delegate it uses
            return self._enlarged(self._reconstruct(image))

    def painted(self, image: Image, hidden: Hidden) -> Image:
        """An image whose hidden pixels, bool [height, width], are painted in; others stay."""
        return painted_in(self.restored, image, hidden)

    def _enlarged(self, picture: NDArray[np.uint8]) -> Image:
        height, width, channels = picture.shape
        if (width, height) == self._size:
            return picture
        larger = cv2.resize(picture, self._size, interpolation=cv2.INTER_CUBIC)
        return np.asarray(larger, np.uint8).reshape(*self._size[::-1], channels)


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
