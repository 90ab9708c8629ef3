"""Scores and brightnesses of the images of a set."""

from pathlib import Path

import numpy as np

from deploy.benchmarks.drift.population import score_images
from deploy.benchmarks.perturbations import CHANGES
from service.scoring.bundle import BundleStore
from tests.support.bundles import part, write_bundle
from tests.support.drawn_parts import write_image
from tests.support.tiny_training import QUIET


def test_normal_images_are_scored_under_each_change_and_those_of_the_fit_not_at_all(tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    write_image(tmp_path / "data/train/good/0.png", part(70))
    for brightness in (40, 80):
        write_image(tmp_path / f"data/test/good/{brightness}.png", part(brightness))
    write_image(tmp_path / "data/test/spot/0.png", part(60, 200))
    found = score_images(BundleStore(tmp_path / "store").champion("default"), tmp_path / "data", 0, QUIET)
    np.testing.assert_allclose(found.normal[:, 0], [40 / 255, 80 / 255], atol=1e-6)
    np.testing.assert_allclose(found.normal[:, 1], [40, 80], atol=0.5)
    np.testing.assert_allclose(found.defects[:, 0], [200 / 255], atol=1e-6)
    assert {name: parts.shape for name, parts in found.changed.items()} == dict.fromkeys(CHANGES, (2, 2))
