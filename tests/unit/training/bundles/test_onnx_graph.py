from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from service.scoring.bundle import GOLDEN, GRAPH, BundleError, read_bundle
from service.scoring.scorer import Scorer
from tests.support.bundles import SIDE, write_bundle
from tests.support.latents import write_coded_bundle
from tests.support.tiny_training import tiny_parts
from training.bundles.onnx_graph import check_agreement, to_onnx
from training.errors import TrainingError


def test_onnx_runtime_says_of_any_batch_what_the_bundle_says(tmp_path: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path))
    session = onnxruntime.InferenceSession(to_onnx(bundle), providers=["CPUExecutionProvider"])
    assert [(each.name, each.shape) for each in session.get_inputs()] == [("images", ["batch", SIDE, SIDE, 3])]
    images = tiny_parts(3, side=SIDE)
    names = ["score", "anomaly_map", "code"]
    found = dict(zip(names, session.run(names, {"images": images}), strict=True))
    scorer = Scorer(bundle)
    for row, image in enumerate(images):
        scored = scorer.run(image)
        assert scored.latent is not None
        assert float(found["score"][row]) == pytest.approx(scored.score, rel=1e-5)
        np.testing.assert_allclose(found["anomaly_map"][row], scored.anomaly_map, rtol=1e-5)
        np.testing.assert_allclose(found["code"][row], scored.latent, rtol=1e-5)


@pytest.mark.parametrize(
    "altered", [{GRAPH: b"nonsense"}, {GOLDEN: b'{"10.png": 0.9}'}, {GOLDEN: b"{}"}], ids=["graph", "scores", "none"]
)
def test_what_the_service_would_refuse_is_not_exported(tmp_path: Path, altered: dict[str, bytes]) -> None:
    with pytest.raises(BundleError, match="expected"):
        to_onnx(read_bundle(write_bundle(tmp_path, more=altered)))


@pytest.mark.parametrize("wrong", [2.01, float("nan")])
def test_scores_that_differ_are_refused(wrong: float) -> None:
    right, other = np.array([2.0], np.float32), np.array([wrong], np.float32)
    check_agreement("score", right, right + 1e-4, 1e-3)
    with pytest.raises(TrainingError, match=r"found score .* apart on a scale of 2"):
        check_agreement("score", right, other, 1e-3)
