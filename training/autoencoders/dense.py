"""The dense autoencoder."""

from typing import ClassVar, Literal

from pydantic import Field

from training.autoencoders.components.pixel import CodedAutoencoder
from training.autoencoders.components.pixel_options import Choices, DenseNetworkOptions


class DenseOptions(DenseNetworkOptions):
    """Options of `dense`."""

    choices: ClassVar[Choices] = {("preset", "784-128-64-32"): {"width": 128, "latent": 32, "loss": "bce"}}

    preset: Literal["784-128-64-32"] | None = Field(
        default=None,
        description="Named settings; 784 pixels are those of 28 x 28 images, others have their own number.",
    )


class Dense(CodedAutoencoder[DenseOptions]):
    r"""All pixels to a few hundred numbers, half of that, ..., the latent, and the same way back.

    Fitted to minimise  L = mean of (x - g(f(x)))^2  with  f(x) = W_k s(... s(W_1 x + b_1)) + b_k  and g alike.

    Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science (2006). With
    `activation=linear` the best it can do is PCA: the decoder then spans the subspace of the `latent` first
    principal components (Bourlard & Kamp, "Auto-Association by Multilayer Perceptrons and Singular Value
    Decomposition", Biological Cybernetics, 1988; Baldi & Hornik, Neural Networks, 1989).

    When to use it: very small images or parts that always lie in the same place; and to see what a plain latent of a
    few numbers can tell. It knows no neighbourhood: a part moved by a few pixels is another part to it.
    """

    options_type = DenseOptions
