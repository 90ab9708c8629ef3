from pathlib import Path

import numpy as np
import pytest

from deploy.benchmarks.mnist import GOAL, measure, read, table
from tests.support.tiny_training import QUIET
from training.errors import TrainingError

pytestmark = pytest.mark.filterwarnings(
    # keras 3.15 turns tensorflow 2.21 tensors into numpy 2 arrays in the old way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def write(path: Path, side: int = 28) -> Path:
    random = np.random.default_rng(0)
    digits = {name: random.integers(0, 256, (300, side, side), np.uint8) for name in ("x_train", "x_test")}
    np.savez(path, **digits)  # type: ignore[arg-type] # numpy's stub takes the names for its own arguments
    return path


def test_it_trains_the_dense_denoising_autoencoder_for_the_given_epochs(tmp_path: Path) -> None:
    measured = measure(*read(write(tmp_path / "mnist.npz")), epochs=2, seed=0, progress=QUIET)
    assert measured["epochs"] == 2
    assert measured["parameters"] == 2 * (784 * 256 + 256 * 128 + 128 * 64) + 784 + 2 * (256 + 128) + 64
    assert measured["validation_loss"]["best"] > GOAL  # noise has nothing to learn
    assert "(missed)" in table(measured)


@pytest.mark.parametrize("found", ["nothing", "text", "other sizes"])
def test_a_file_that_is_not_mnist_is_refused_in_one_sentence(found: str, tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    if found == "text":
        path.write_text("not an archive")
    elif found == "other sizes":
        write(path, side=32)
    with pytest.raises(TrainingError, match=r"^expected .*mnist\.npz.* found .*"):
        read(path)
