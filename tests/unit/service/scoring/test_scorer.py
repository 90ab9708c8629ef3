"""Bundles that are proven before they score."""

import hashlib
import json
from pathlib import Path

import pytest

from service.scoring.bundle import GOLDEN, GRAPH, BundleError, read_bundle
from service.scoring.input_spec import InputSpec
from service.scoring.scorer import Scorer
from tests.support.bundles import SIDE, brightness_graph, part, write_bundle
from tests.support.odd_graphs import NEVER_GOOD, odd_graph


def test_a_bundle_scores_as_its_graph_does(tmp_path: Path) -> None:
    scorer = Scorer(read_bundle(write_bundle(tmp_path)))
    assert [round(scorer.run(image).score, 4) for image in (part(51), part(51, 204))] == [0.2, 0.8]
    assert scorer.input == scorer.bundle.manifest.input


def test_a_graph_that_misses_its_golden_scores_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    golden = json.dumps({"10.png": 0.9}).encode()
    (folder / GOLDEN).write_bytes(golden)
    files = {**read_manifest_files(folder), GOLDEN: hashlib.sha256(golden).hexdigest()}
    with pytest.raises(BundleError, match=r"to score a golden image 0.9, found 0.0392"):
        Scorer(read_bundle(resealed(folder, files)))


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder / GRAPH).write_bytes(b"nonsense")
    files = {**read_manifest_files(folder), GRAPH: hashlib.sha256(b"nonsense").hexdigest()}
    with pytest.raises(BundleError, match="cannot be loaded"):
        Scorer(read_bundle(resealed(folder, files)))


def test_a_graph_of_another_shape_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, input=InputSpec(height=SIDE, width=SIDE, channels=1))
    with pytest.raises(BundleError, match=r"expected a graph from images \[32, 32, 1\]"):
        Scorer(read_bundle(folder))


@pytest.mark.parametrize("kind", NEVER_GOOD)
def test_a_graph_with_other_inputs_or_outputs_is_refused(tmp_path: Path, kind: str) -> None:
    bundle = read_bundle(write_bundle(tmp_path, more={GRAPH: odd_graph(kind)}))
    with pytest.raises(BundleError, match=f"expected .*{bundle.id}"):
        Scorer(bundle)


@pytest.mark.parametrize("golden", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_a_golden_image_that_cannot_be_decoded_is_refused(tmp_path: Path, golden: bytes) -> None:
    bundle = read_bundle(write_bundle(tmp_path, more={"golden/10.png": golden}))
    with pytest.raises(BundleError, match=f"expected bundle {bundle.id} to score its golden images, found: expected"):
        Scorer(bundle)


def test_the_same_graph_is_made_once() -> None:
    assert brightness_graph(3, 1.0) is brightness_graph(3, 1.0)


def read_manifest_files(folder: Path) -> dict[str, str]:
    return json.loads((folder / "manifest.json").read_text())["files"]  # type: ignore[no-any-return] # of our own making


def resealed(folder: Path, files: dict[str, str]) -> Path:
    from service.scoring.bundle import bundle_id  # noqa: PLC0415 - only to seal a bad bundle

    manifest = json.loads((folder / "manifest.json").read_text()) | {"files": files}
    raw = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(raw)
    return folder.rename(folder.with_name(bundle_id(raw)))
