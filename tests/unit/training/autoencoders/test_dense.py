import numpy as np
import pytest
from sklearn.decomposition import PCA

from service.scoring.input_spec import InputSpec
from tests.support.tiny_training import fit_tiny
from training.autoencoders.dense import Dense, DenseOptions

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

FACTORS = 3


def few_factors(count: int) -> np.ndarray:
    """Images of 16 x 16 that vary in three ways and some noise, uint8 [count, 16, 16, 1]."""
    random = np.random.default_rng(0)
    ways = random.standard_normal((FACTORS, 16 * 16))
    strengths = random.standard_normal((count, FACTORS)) * [30.0, 25.0, 20.0]
    grey = 128 + strengths @ ways / 2 + random.standard_normal((count, 16 * 16)) * 2
    return np.clip(grey, 0, 255).round().astype(np.uint8).reshape(count, 16, 16, 1)


def principal_angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between the subspaces that the columns span (Bjorck & Golub 1973)."""
    cosines = np.linalg.svd(np.linalg.qr(a).Q.T @ np.linalg.qr(b).Q, compute_uv=False)
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))))


@pytest.mark.parametrize("width", [0, 8])
def test_a_linear_one_finds_the_subspace_of_principal_components(width: int) -> None:
    pixels = few_factors(256)
    options = DenseOptions(
        activation="linear", width=width, latent=FACTORS, epochs=40, steps=30, batch_size=64, augment=False
    )
    spec = InputSpec(height=16, width=16, channels=1)
    network, _ = fit_tiny(Dense(options, spec), pixels)
    codes = np.eye(FACTORS, dtype=np.float32)
    decoded = Dense(options, spec).decode(network, np.concatenate([codes[:1] * 0, codes]))
    assert decoded is not None
    origin, *ends = decoded.numpy()
    spanned = np.stack([(end - origin).ravel() for end in ends], axis=1)
    components = PCA(FACTORS).fit(pixels.reshape(len(pixels), -1) / 255.0).components_.T
    assert principal_angles(spanned, components).max() < 3.0
