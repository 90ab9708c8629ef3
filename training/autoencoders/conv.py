"""The convolutional autoencoder."""

from typing import ClassVar, Literal

from pydantic import Field

from training.autoencoders.components.pixel import CodedAutoencoder
from training.autoencoders.components.pixel_options import Choices, ConvNetworkOptions


class ConvOptions(ConvNetworkOptions):
    """Options of `conv`."""

    choices: ClassVar[Choices] = {
        ("preset", "stride2-10"): {"code": "vector", "latent": 10, "width": 32, "widest": 128, "side": 3}
    }

    preset: Literal["stride2-10"] | None = Field(default=None, description="Named settings.")


class Conv(CodedAutoencoder[ConvOptions]):
    r"""Strided convolutions down to a narrow latent, upsampling and convolutions up again, no skips.

    Fitted to minimise  L = mean over images, pixels, channels of (x - g(f(x)))^2  on normal images, where the
    encoder f maps x to a latent of about 8 x 8 x `latent` numbers and g decodes it. What normal parts have in
    common passes through the latent; a defect, never seen, does not, and (x - g(f(x)))^2 shows where it is.

    The autoencoder as a detector of the unusual: Japkowicz, Myers & Gluck, "A Novelty Detection Approach to
    Classification", IJCAI (1995). Convolutions in it: Masci et al., "Stacked Convolutional Auto-Encoders for
    Hierarchical Feature Extraction", ICANN (2011). `preset=stride2-10`, stride-2 convolutions of 32, 64 and 128
    channels (more of 128 on images larger than 28 x 28) and a latent of 10 numbers, is after Guo et al., "Deep
    Clustering with Convolutional Autoencoders", ICONIP (2017). `progressive`: weights are first trained on smaller
    images, as in Howard's progressive resizing (DAWNBench 2018).

    When to use it: a baseline without pretrained weights, good where parts are placed alike and defects
    differ in brightness or colour over more than a few pixels. Fine texture is beyond its latent, and hides small
    defects.
    """

    options_type = ConvOptions
