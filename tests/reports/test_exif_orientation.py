"""Reported: the orientation in EXIF data is ignored, so that a camera hung upside down moves every defect.

https://github.com/tensorflow/tensorflow/issues/49834, https://github.com/naver/dust3r/issues/15
"""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deploy.fuzz.encodings.png import turned
from service.scoring.bundle import BundleStore
from service.scoring.image import ImageLimits
from service.scoring.scorer import Scorer
from tests.support.bundles import part, write_bundle


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_defect_is_where_the_upright_picture_has_it(kind: str, orientation: int, tmp_path: Path) -> None:
    write_bundle(tmp_path)
    scorer = Scorer(BundleStore(tmp_path).champion("default"))
    exif, stored = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    Image.fromarray(part(51, 204)).save(stored, kind, exif=exif)
    found = scorer.score_encoded(stored.getvalue(), ImageLimits()).prediction.anomaly_map
    upright = turned(part(51, 204), orientation)
    assert np.unravel_index(found.argmax(), found.shape) == np.unravel_index(
        upright.mean(axis=2).argmax(), upright.shape[:2]
    )
