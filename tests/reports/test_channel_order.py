"""Reported: fitted on RGB and served BGR, so that scores are a little worse everywhere and nobody sees why.

https://github.com/CondadosAI/modern-yolonas/pull/7, https://github.com/bonsai-rx/deeplabcut/issues/6
"""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.scoring.bundle import BundleStore
from service.scoring.image import ImageLimits
from service.scoring.scorer import Scorer
from tests.support.bundles import SIDE, write_bundle

RED = np.full((SIDE, SIDE, 3), (200, 30, 10), np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "JPEG"])
def test_the_graph_sees_red_first_in_every_format(kind: str, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    stored = io.BytesIO()
    Image.fromarray(RED).save(stored, kind)
    scored = Scorer(BundleStore(tmp_path).champion("default")).score_encoded(stored.getvalue(), ImageLimits())
    assert np.abs(scored.pixels.astype(int) - RED).max() <= 3
