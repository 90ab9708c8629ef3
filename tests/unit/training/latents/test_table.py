import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from service.scoring.bundle import read_bundle
from service.scoring.scorer import Scorer
from tests.support.bundles import write_bundle
from tests.support.drawn_parts import write_image
from tests.support.latents import plain, table, write_coded_bundle
from training.errors import TrainingError
from training.evaluation.scored_images import ScoredImage
from training.latents.table import KEPT, encode, find_images, latent_table, read_latents
from training.progress import Progress

QUIET = Progress(Console(quiet=True))


def test_latents_come_back_from_a_file_as_they_were(tmp_path: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path / "store"))
    written = table(np.array([[1, 2], [3, 4]], np.float32))
    (tmp_path / "codes.npz").write_bytes(written.npz())
    read = read_latents(tmp_path / "codes.npz", bundle)
    assert read.names == written.names
    np.testing.assert_array_equal(read.latents, written.latents)
    assert read.size == 2


def test_a_bundle_keeps_some_latents_whatever_the_images_are_called() -> None:
    files = [ScoredImage(f"{i}.png", float(i), 0.0, 0.0, np.full(3, i, np.float32)) for i in range(KEPT + 5)]
    renamed = [replace(file, key="x") for file in files]
    assert latent_table(files).npz() == latent_table(renamed).npz()
    assert latent_table(files).latents.shape == (KEPT, 3)


def test_latents_of_another_bundle_are_refused(tmp_path: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path / "store"))
    (tmp_path / "codes.npz").write_bytes(replace(table(np.zeros((4, 2), np.float32)), bundle="4f1c").npz())
    with pytest.raises(TrainingError, match=f"expected latents of bundle {bundle.id}, found those of 4f1c"):
        read_latents(tmp_path / "codes.npz", bundle)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nonsense", "found none that can be read"),
        (table(np.zeros((4, 3), np.float32)).npz(), r"expected latents of 2 numbers, .* shape \(4, 3\)"),
        (None, "found none that can be read"),
    ],
)
def test_what_are_no_latents_of_the_bundle_is_refused(content: bytes | None, sentence: str, tmp_path: Path) -> None:
    bundle = read_bundle(write_coded_bundle(tmp_path / "store"))
    if content is not None:
        (tmp_path / "codes.npz").write_bytes(content)
    with pytest.raises(TrainingError, match=sentence):
        read_latents(tmp_path / "codes.npz", bundle)


def test_folders_give_their_images_and_files_are_taken_as_they_are(tmp_path: Path) -> None:
    inside = write_image(tmp_path / "a/b/1.png", plain(1, 1))
    (tmp_path / "a/notes.txt").write_text("no image")
    odd = tmp_path / "image-without-suffix"
    odd.write_bytes(inside.read_bytes())
    found, left_out = find_images([tmp_path / "a", odd])
    assert found == [inside, odd]
    assert [left.path.name for left in left_out] == ["notes.txt"]
    for nothing in (tmp_path / "nowhere", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(TrainingError, match="expected images"):
            find_images([nothing])


def test_encoding_leaves_out_what_cannot_be_read(tmp_path: Path) -> None:
    scorer = Scorer(read_bundle(write_coded_bundle(tmp_path / "store")))
    good, bad = write_image(tmp_path / "good.png", plain(255, 51)), tmp_path / "bad.png"
    bad.write_bytes(b"none")
    found, left_out = encode(scorer, [good, bad], QUIET)
    assert found.names == (str(good),)
    np.testing.assert_allclose(found.latents, [[1.0, 0.2]], atol=1e-4)
    assert [item.path for item in left_out] == [bad]
    with pytest.raises(TrainingError, match="found none among 1"):
        encode(scorer, [bad], QUIET)


def test_a_bundle_without_a_latent_is_refused(tmp_path: Path) -> None:
    scorer = Scorer(read_bundle(write_bundle(tmp_path)))
    with pytest.raises(TrainingError, match="expected a bundle whose autoencoder has a latent"):
        encode(scorer, [], QUIET)


def test_names_that_are_no_text_are_written(tmp_path: Path) -> None:
    written = replace(table(np.zeros((1, 2), np.float32)), names=(os.fsdecode(b"pr\xe4f.png"),))
    (tmp_path / "codes.npz").write_bytes(written.npz())
    read = read_latents(tmp_path / "codes.npz", read_bundle(write_coded_bundle(tmp_path / "store")))
    assert read.names == (r"pr\xe4f.png",)
