from pathlib import Path

import numpy as np
import pytest

from service.scoring.bundle import read_bundle
from service.scoring.manifest import AutoencoderInfo
from tests.support.bundles import write_bundle
from tests.support.latents import write_coded_bundle
from training.errors import TrainingError
from training.pictures.generate import drawn, generate

KNOWN = np.array([[0.4, 0.25], [0.6, 0.25], [0.5, 0.15], [0.5, 0.35]], np.float32)


def test_drawn_latents_have_the_mean_and_the_covariance_of_the_known_ones() -> None:
    random = np.random.default_rng(1)
    codes = (random.standard_normal((50, 3)) @ np.array([[2, 0, 0], [1, 1, 0], [0, 0, 0.1]]) + 5).astype(np.float32)
    made = drawn(codes, 200_000, seed=0)
    np.testing.assert_allclose(made.mean(axis=0), codes.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(np.cov(made.T), np.cov(codes.T), atol=0.1)
    np.testing.assert_array_equal(made[:3], drawn(codes, 200_000, seed=0)[:3])


def test_the_parts_that_are_drawn_are_images_of_latents_like_the_known_ones(tmp_path: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path, name="vae"))
    made = generate(bundle, KNOWN, 50, seed=1)
    assert made.shape == (50, 4, 4, 3)
    assert made.mean(axis=(0, 1, 2)).tolist() == pytest.approx([127.5, 63.75, 0.0], abs=8)
    assert len(np.unique(made[:, 0, 0, 0])) > 20
    np.testing.assert_array_equal(made, generate(bundle, KNOWN, 50, seed=1))
    assert not np.array_equal(made, generate(bundle, KNOWN, 50, seed=2))


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("feature", 64, "reproduces features, not pixels, and has no picture"),
        ("unet", None, "has no latent of a whole image to draw"),
        ("vae", None, "has no latent of a whole image to draw"),
        ("conv", 64, "keeps its latents near no known distribution"),
    ],
)
def test_another_autoencoder_says_in_one_sentence_why_it_draws_none(
    name: str, size: int | None, why: str, tmp_path: Path
) -> None:
    info = AutoencoderInfo(name=name, parameters=0, code_size=size)
    bundle = read_bundle(write_bundle(tmp_path, autoencoder=info))
    with pytest.raises(TrainingError, match=f"expected a bundle of vae to draw new parts, found .* of {name}, .*{why}"):
        generate(bundle, KNOWN, 1, seed=0)
